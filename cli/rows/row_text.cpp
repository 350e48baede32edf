#include "cli/rows/row_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cli/text/csv.h"

namespace serene::cli {
namespace {

// Before and after the probabilities; docs/cli.md has them in this order.
constexpr std::array kBefore{"schema",  "path",      "path_b64", "id",    "offset",  "duration",
                             "channel", "reference", "window",   "start", "seconds", "label"};
constexpr std::array kBehind{"coefficient", "flags", "clipped_share", "declared_seconds", "windows"};
constexpr std::array kError{"stage", "code", "message"};
// Added later, after all others, so that those keep their places.
constexpr std::array kAdded{"reason", "silent_share"};

// The field that begins at `at`, which then is where the next one begins.
std::string csv_field_at(const std::string& row, size_t& at) {
  std::string field;
  bool quoted = false;
  for (; at < row.size(); ++at) {
    if (row[at] == '"') {
      // Two quotes in a quoted field are one.
      if (!quoted && !field.empty()) field += '"';
      quoted = !quoted;
    } else if (!quoted && row[at] == ',') {
      ++at;
      break;
    } else {
      field += row[at];
    }
  }
  return field;
}

std::string cell_text(const Row& value) { return value.dump(-1, ' ', false, Row::error_handler_t::replace); }

// Under `outputs.` in the header: the path of the value in a row of JSON.
std::vector<std::string> columns_of(const OutputSpec& spec) {
  const std::string name = "outputs." + spec.name;
  if (spec.kind != SERENE_OUTPUT_CLASSES) return {name};
  std::vector<std::string> columns{name + ".label"};
  for (const std::string& label : spec.labels) columns.push_back(name + ".posterior." + label);
  return columns;
}

const Row& part(const Row& row, const std::string& key) {
  static const Row kNone = Row::object();
  const auto found = row.find(key);
  return found == row.end() ? kNone : *found;
}

std::string cell(const Row& row, const std::string& key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array()) return cell_text(*found);
  std::string words;
  for (const Row& word : *found) words += (words.empty() ? "" : " ") + word.get<std::string>();
  return words;
}

}  // namespace

RowText::RowText(RowFormat format, RowOutputs outputs, bool escape_formulas)
    : format_(format), escape_formulas_(escape_formulas), outputs_(std::move(outputs)) {
  if (format == RowFormat::jsonl) return;
  for (const char* name : kBefore) header_ += std::string(name) + ',';
  if (const OutputSpec* classes = outputs_.classes_spec()) {
    for (const std::string& label : classes->labels) header_ += csv_field("p_" + label) + ',';
  }
  for (const char* name : kBehind) header_ += std::string(name) + ',';
  for (const char* name : kError) header_ += std::string("error_") + name + ',';
  header_ += "columns";
  for (const char* name : kAdded) header_ += std::string(",") + name;
  if (outputs_.level()) header_ += ",level";
  for (const size_t i : outputs_.others()) {
    for (const std::string& column : columns_of(outputs_.specs()[i])) header_ += ',' + csv_field(column);
  }
  if (escape_formulas_) header_ += std::string(",") + kFormulasEscaped;
  header_ += '\n';
}

std::string RowText::text(const Row& row) const {
  return format_ == RowFormat::jsonl ? to_line(row) : csv_line(row);
}

uint64_t RowText::count(std::string_view rows) const {
  uint64_t count = 0;
  bool quoted = false;  // a field of CSV, which may have lines
  for (const char c : rows) {
    if (format_ == RowFormat::csv && c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) ++count;
  }
  return count;
}

std::string RowText::path_of(const std::string& rows) const {
  std::string path, encoded;
  if (format_ == RowFormat::jsonl) {
    const Row row = Row::parse(rows.substr(0, rows.find('\n')), nullptr, false);
    if (!row.is_object()) return "";
    path = row.value("path", "");
    encoded = row.value("path_b64", "");
  } else {
    size_t at = std::min(rows.find(',') + 1, rows.size());
    path = csv_field_at(rows, at);
    encoded = csv_field_at(rows, at);
  }
  if (escape_formulas_) {
    path = unescape_formula(std::move(path));
    encoded = unescape_formula(std::move(encoded));
  }
  return encoded.empty() ? path : "b64:" + encoded;
}

std::string RowText::field(const Row& row, const std::string& key) const {
  std::string text = cell(row, key);
  return csv_field(escape_formulas_ ? escape_formula(std::move(text)) : text);
}

std::string RowText::other_fields(const Row& outputs) const {
  std::string line;
  for (const size_t i : outputs_.others()) {
    const OutputSpec& spec = outputs_.specs()[i];
    if (spec.kind != SERENE_OUTPUT_CLASSES) {
      line += ',' + field(outputs, spec.name);
      continue;
    }
    const Row& output = part(outputs, spec.name);
    line += ',' + field(output, "label");
    for (const std::string& label : spec.labels) line += ',' + field(part(output, "posterior"), label);
  }
  return line;
}

std::string RowText::csv_line(const Row& row) const {
  std::string line;
  for (const char* name : kBefore) line += field(row, name) + ',';
  if (const OutputSpec* classes = outputs_.classes_spec()) {
    for (const std::string& label : classes->labels) line += field(part(row, "posterior"), label) + ',';
  }
  for (const char* name : kBehind) line += field(row, name) + ',';
  for (const char* name : kError) line += field(part(row, "error"), name) + ',';
  const Row& columns = part(row, "columns");
  if (!columns.empty()) line += csv_field(cell_text(columns));  // begins with a brace
  for (const char* name : kAdded) line += ',' + field(row, name);
  if (outputs_.level()) line += ',' + field(row, "level");
  line += other_fields(part(row, "outputs"));
  if (escape_formulas_) line += ",true";
  return line + '\n';
}

}  // namespace serene::cli
