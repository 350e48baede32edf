#include "cli/rows/scored_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/rows/bad_row.h"
#include "cli/rows/row_text.h"
#include "cli/text/csv.h"
#include "cli/text/json_line.h"
#include "cli/text/line_reader.h"

namespace serene::cli {
namespace {

using FoundRow = std::function<void(const ScoredRow&)>;

Row value_at(const Row& row, const char* key) {
  const auto found = row.find(key);
  return found == row.end() ? Row(nullptr) : *found;
}

// As JSON has it or as text; nothing for null.
std::optional<double> coefficient_of(const Row& value, const std::string& list, int64_t line) {
  if (value.is_null()) return std::nullopt;
  const auto coefficient = number_of(value);
  if (coefficient && *coefficient >= 0 && *coefficient <= 1) return coefficient;
  throw BadRow(list, line, 0, "coefficient is " + plain_text(value) + ", not a number from 0 to 1");
}

std::vector<std::string> classes_of(const Row& row) {
  std::vector<std::string> classes;
  if (const Row posterior = value_at(row, "posterior"); posterior.is_object()) {
    for (const auto& item : posterior.items()) classes.push_back(item.key());
    return classes;
  }
  // In CSV each has a column.
  for (const auto& item : row.items()) {
    if (item.key().starts_with("p_")) classes.push_back(item.key().substr(2));
  }
  return classes;
}

// False for a window's row. `row` is as in JSON; an error is anything but null under "error".
bool scored_row(const Row& row, const std::string& list, int64_t line, ScoredRow& scored) {
  const Row schema = value_at(row, "schema");
  if (!schema.is_number_integer() || schema.get<int64_t>() != kRowSchema) {
    throw BadRow(list, line, 0, "not a row of serene score of schema " + std::to_string(kRowSchema));
  }
  if (!value_at(row, "window").is_null()) return false;
  scored = {};
  const std::string encoded = plain_text(value_at(row, "path_b64"));
  scored.path = encoded.empty() ? plain_text(value_at(row, "path")) : "b64:" + encoded;
  scored.id = plain_text(value_at(row, "id"));
  scored.channel = plain_text(value_at(row, "channel"));
  scored.label = plain_text(value_at(row, "label"));
  scored.reason = plain_text(value_at(row, "reason"));
  scored.reference = plain_text(value_at(row, "reference"));
  scored.failed = !value_at(row, "error").is_null();
  scored.coefficient = coefficient_of(value_at(row, "coefficient"), list, line);
  if (const Row columns = value_at(row, "columns"); columns.is_object()) scored.columns = columns;
  if (const Row outputs = value_at(row, "outputs"); outputs.is_object()) scored.outputs = outputs;
  const Row level = value_at(row, "level");
  if (!level.is_null()) scored.outputs["level"] = level;
  scored.classes = classes_of(row);
  const bool says_something =
      !scored.label.empty() || !scored.reason.empty() || row.contains("outputs") || !level.is_null();
  if (!scored.failed && !says_something) {
    throw BadRow(list, line, 0, "neither a label nor an error nor a reason for having none");
  }
  return true;
}

void read_json_rows(TextSource& source, const FoundRow& found) {
  LineReader lines(source, '\n');
  ScoredRow scored;
  for (std::string line; lines.next(line);) {
    if (line.empty()) continue;
    const Row row = parse_json_line(source.name(), lines.number(), line);
    if (scored_row(row, source.name(), lines.number(), scored)) found(scored);
  }
}

// Null where the parent cannot have children.
Row* child_of(Row* parent, const std::string& key) {
  const bool can_have = parent != nullptr && (parent->is_null() || parent->is_object());
  return can_have ? &(*parent)[key] : nullptr;
}

// Where a cell of such a column of CSV goes in the row as JSON; null for other columns. Names of outputs have
// no dots.
Row* output_cell(Row& row, const std::string& column) {
  static constexpr std::string_view kOutputs = "outputs.", kLabel = "label", kPosterior = "posterior.";
  if (!column.starts_with(kOutputs)) return nullptr;
  const std::string path = column.substr(kOutputs.size());
  const size_t dot = path.find('.');
  Row* output = child_of(child_of(&row, "outputs"), path.substr(0, dot));
  if (dot == std::string::npos) return output;
  const std::string part = path.substr(dot + 1);
  if (part == kLabel) return child_of(output, part);
  if (!part.starts_with(kPosterior)) return nullptr;
  return child_of(child_of(output, "posterior"), part.substr(kPosterior.size()));
}

void read_csv_rows(TextSource& source, const FoundRow& found) {
  CsvReader reader(source);
  std::vector<std::string> header, fields;
  if (!reader.next(header)) return;
  const bool escaped = std::ranges::find(header, kFormulasEscaped) != header.end();
  ScoredRow scored;
  while (reader.next(fields)) {
    if (fields.size() != header.size()) {
      throw BadRow(
          source.name(), reader.line(), 0,
          std::to_string(fields.size()) + " fields under a header of " + std::to_string(header.size()));
    }
    Row row;
    for (size_t i = 0; i < header.size(); ++i) {
      if (fields[i].empty()) continue;
      if (escaped) fields[i] = unescape_formula(std::move(fields[i]));
      if (Row* output = output_cell(row, header[i])) {
        *output = fields[i];
      } else if (header[i] == "columns") {
        row["columns"] = parse_json_line(source.name(), reader.line(), fields[i]);
      } else if (header[i] == "schema") {
        row["schema"] = fields[i] == std::to_string(kRowSchema) ? Row(kRowSchema) : Row(fields[i]);
      } else {
        row[header[i] == "error_code" ? "error" : header[i]] = fields[i];
      }
    }
    if (scored_row(row, source.name(), reader.line(), scored)) found(scored);
  }
}

}  // namespace

std::optional<double> number_of(const Row& value) {
  double number = std::nan("");
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string plain_text(const Row& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Row::error_handler_t::replace);
}

void read_scored_rows(const std::string& path, const FoundRow& found) {
  TextSource source(path);
  try {
    source.peek() == '{' ? read_json_rows(source, found) : read_csv_rows(source, found);
  } catch (const BadRow& bad) {
    throw Stop(kExitUsage, bad.what());
  }
}

}  // namespace serene::cli
