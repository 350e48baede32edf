#include "cli/text/json_line.h"

#include <nlohmann/json.hpp>

#include "cli/rows/bad_row.h"

namespace serene::cli {
namespace {

constexpr int kMaxDepth = 32;

// Column of the bracket that goes too deep, 0 for none. Writing and freeing a document recurses, so that a
// megabyte of brackets would end the program.
int64_t too_deep_at(const std::string& line) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return static_cast<int64_t>(i) + 1;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return 0;
}

// "syntax error ...: cause" without the library's own numbering in front.
std::string cause_of(const std::string& text) {
  const size_t start = text.find(": ");
  return "not JSON: " + (start == std::string::npos ? text : text.substr(start + 2));
}

}  // namespace

Row parse_json_line(const std::string& list, int64_t number, const std::string& line) {
  if (const int64_t column = too_deep_at(line)) throw BadRow(list, number, column, "nested too deep");
  try {
    Row row = Row::parse(line);
    if (!row.is_object()) throw BadRow(list, number, 0, "not a JSON object");
    return row;
  } catch (const Row::parse_error& error) {
    throw BadRow(list, number, static_cast<int64_t>(error.byte), cause_of(error.what()));
  } catch (const Row::exception& error) {
    throw BadRow(list, number, 0, cause_of(error.what()));  // a number beyond any range
  }
}

}  // namespace serene::cli
