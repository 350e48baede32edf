#include "cli/text/csv.h"

#include "cli/rows/bad_row.h"

namespace serene::cli {
namespace {

// After any apostrophes.
bool is_formula(std::string_view text) {
  const size_t first = text.find_first_not_of('\'');
  return first != std::string_view::npos &&
         std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

}  // namespace

int CsvReader::get() {
  const int c = source_.get();
  ++column_;
  if (c == '\n') {
    ++line_;
    column_ = 0;
  }
  return c;
}

void CsvReader::fail(const char* cause) {
  const int64_t line = line_, column = column_;
  for (int c = source_.peek(); c >= 0 && c != '\n'; c = source_.peek()) get();
  throw BadRow(source_.name(), line, column, cause);
}

void CsvReader::append(std::string& field, int c) {
  if (++record_bytes_ > kMaxRowBytes) fail("a record longer than 1 MiB");
  field.push_back(static_cast<char>(c));
}

void CsvReader::read_quoted(std::string& field) {
  get();
  for (;;) {
    const int c = get();
    if (c < 0) throw BadRow(source_.name(), record_line_, 0, "a quote that is never closed");
    if (c != '"') {
      append(field, c);
    } else if (source_.peek() == '"') {
      append(field, get());
    } else {
      break;
    }
  }
  const int after = source_.peek();
  if (after >= 0 && after != ',' && after != '\n' && after != '\r') fail("text after a closing quote");
}

void CsvReader::read_plain(std::string& field) {
  for (int c = source_.peek(); c >= 0 && c != ',' && c != '\n'; c = source_.peek()) {
    if (c == '"') fail("a quote inside a field without quotes");
    append(field, get());
  }
  if (source_.peek() != ',' && field.ends_with('\r')) field.pop_back();
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  record_bytes_ = 0;
  while (source_.peek() == '\n' || source_.peek() == '\r') get();
  if (source_.peek() < 0) return false;
  record_line_ = line_;
  for (;;) {
    std::string& field = fields.emplace_back();
    source_.peek() == '"' ? read_quoted(field) : read_plain(field);
    if (source_.peek() == '\r') get();
    if (source_.peek() != ',') break;
    get();
  }
  get();  // the line end
  return true;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string escape_formula(std::string text) {
  if (is_formula(text)) text.insert(text.begin(), '\'');
  return text;
}

std::string unescape_formula(std::string text) {
  if (text.starts_with('\'') && is_formula(text)) text.erase(text.begin());
  return text;
}

}  // namespace serene::cli
