// Text that takes over the terminal of whoever prints it, and what must not be left of it.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace serene::test {

// A screen cleared by controls in ASCII; a line that would pass for one of ours; controls above ASCII,
// separators of lines and marks of direction; bytes that are no UTF-8, among them a control of eight bits.
inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts{
      "a\x1b[2J\r\t\x08\x7f"
      "b",
      "a\nserene: error: forged",
      "a\xc2\x9b"
      "2J\xc2\x85\xe2\x80\xa8\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9"
      "b",
      "a\x9b"
      "2J\xff\xfe\xc3"};
  return texts;
}

// `text` as a string of JSON, which has to be UTF-8: other bytes are replaced.
inline std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// All of them in one name of a file.
inline std::string hostile_name() {
  std::string name;
  for (const std::string& text : hostile_texts()) name += text;
  return name;
}

// `text` for people, whose lines are ours: UTF-8 without any of those.
inline void expect_printable(const std::string& text, const std::string& what = "") {
  const std::string context = testing::PrintToString(what) + " of\n" + testing::PrintToString(text);
  for (size_t at = 0; at < text.size();) {
    const auto byte = [&](size_t ahead) {
      return at + ahead < text.size() ? static_cast<unsigned char>(text[at + ahead]) : 0u;
    };
    const unsigned lead = byte(0);
    const size_t size = lead < 0x80   ? 1
                        : lead < 0xc2 ? 0
                        : lead < 0xe0 ? 2
                        : lead < 0xf0 ? 3
                        : lead < 0xf5 ? 4
                                      : 0;
    ASSERT_NE(size, 0u) << "no UTF-8 at byte " << at << ": " << context;
    unsigned code = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t i = 1; i < size; ++i) {
      ASSERT_EQ(byte(i) & 0xc0, 0x80u) << "no UTF-8 at byte " << at << ": " << context;
      code = code << 6 | (byte(i) & 0x3f);
    }
    const bool control = (code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0);
    const bool direction = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    ASSERT_FALSE(control || direction) << "character " << code << " at byte " << at << ": " << context;
    at += size;
  }
  EXPECT_EQ(("\n" + text).find("\nserene: error: forged"), std::string::npos) << context;
}

}  // namespace serene::test
