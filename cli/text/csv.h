// Comma-separated values as RFC 4180 has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text_source.h"

namespace serene::cli {

class CsvReader {
 public:
  // `source` must outlive the reader.
  explicit CsvReader(TextSource& source) : source_(source) {}

  // The next record; false after the last. Lines end in LF or CRLF; empty ones are passed over. Throws BadRow
  // for a quote inside an unquoted field or never closed, text after a closing quote, and a record beyond
  // kMaxRowBytes; the next call goes on with the line after.
  bool next(std::vector<std::string>& fields);
  // Where the record that next() gave begins, from 1.
  int64_t line() const { return record_line_; }

 private:
  int get();
  void read_quoted(std::string& field);
  void read_plain(std::string& field);
  void append(std::string& field, int c);
  [[noreturn]] void fail(const char* cause);

  TextSource& source_;
  int64_t line_ = 1, column_ = 0;
  int64_t record_line_ = 0;
  size_t record_bytes_ = 0;
};

// The field as it is written in a record: in quotes where it holds a comma, a quote or a line end.
std::string csv_field(std::string_view text);

// Puts an apostrophe in front of what a spreadsheet takes for a formula, so that it takes it for text: what
// begins with = + - @, a tab or a carriage return. Apostrophes before such a character get one more, so that
// every text comes back from unescape_formula().
std::string escape_formula(std::string text);
std::string unescape_formula(std::string text);

}  // namespace serene::cli
