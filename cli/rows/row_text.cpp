#include "cli/rows/row_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/text/csv.h"

namespace serene::cli {
namespace {

// Before and behind the probabilities; docs/cli.md has them in this order.
constexpr std::array kBefore{"schema",  "path",      "path_b64", "id",    "offset",  "duration",
                             "channel", "reference", "window",   "start", "seconds", "label"};
constexpr std::array kBehind{"coefficient", "flags", "clipped_share", "declared_seconds", "windows"};
constexpr std::array kError{"stage", "code", "message"};
// Added later, behind all others, so that those keep their places.
constexpr std::array kAdded{"reason", "silent_share"};

// The field that begins at `at`, which then is where the next one begins.
std::string csv_field_at(const std::string& row, size_t& at) {
  std::string field;
  bool quoted = false;
  for (; at < row.size(); ++at) {
    if (row[at] == '"') {
      // Two quotes in a quoted field stand for one.
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

std::string cell(const Row& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array()) return cell_text(*found);
  std::string words;
  for (const Row& word : *found) words += (words.empty() ? "" : " ") + word.get<std::string>();
  return words;
}

}  // namespace

RowText::RowText(RowFormat format, std::span<const std::string> labels, bool escape_formulas)
    : format_(format), escape_formulas_(escape_formulas), labels_(labels.begin(), labels.end()) {
  if (format == RowFormat::jsonl) return;
  for (const char* name : kBefore) header_ += std::string(name) + ',';
  for (const std::string& label : labels_) header_ += csv_field("p_" + label) + ',';
  for (const char* name : kBehind) header_ += std::string(name) + ',';
  for (const char* name : kError) header_ += std::string("error_") + name + ',';
  header_ += "columns";
  for (const char* name : kAdded) header_ += std::string(",") + name;
  if (escape_formulas_) header_ += std::string(",") + kFormulasEscaped;
  header_ += '\n';
}

std::string RowText::text(const Row& row) const {
  return format_ == RowFormat::jsonl ? to_line(row) : csv_line(row);
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

std::string RowText::field(const Row& row, const char* key) const {
  std::string text = cell(row, key);
  return csv_field(escape_formulas_ ? escape_formula(std::move(text)) : text);
}

std::string RowText::csv_line(const Row& row) const {
  static const Row kNone = Row::object();
  const auto part = [&](const char* key) -> const Row& { return row.contains(key) ? row.at(key) : kNone; };
  std::string line;
  for (const char* name : kBefore) line += field(row, name) + ',';
  const Row& posterior = part("posterior");
  for (const std::string& label : labels_) line += field(posterior, label.c_str()) + ',';
  for (const char* name : kBehind) line += field(row, name) + ',';
  for (const char* name : kError) line += field(part("error"), name) + ',';
  const Row& columns = part("columns");
  if (!columns.empty()) line += csv_field(cell_text(columns));  // begins with a brace
  for (const char* name : kAdded) line += ',' + field(row, name);
  if (escape_formulas_) line += ",true";
  return line + '\n';
}

}  // namespace serene::cli
