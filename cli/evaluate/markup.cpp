#include "cli/evaluate/markup.h"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include "cli/rows/row.h"

namespace serene::cli {
namespace {

std::string valid_utf8(const std::string& text) {
  return Row::parse(Row(text).dump(-1, ' ', false, Row::error_handler_t::replace)).get<std::string>();
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string percent_text(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string exact(double value) { return fmt::format("{}", value); }

}  // namespace serene::cli
