#include "weights/printable.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/hostile_text.h"
#include "weights/refuse.h"
#include "weights/utf8.h"

namespace serene::weights {
namespace {

std::string in_buffer(std::string_view text, size_t size) {
  std::vector<char> buffer(size + 1, '#');
  printable_into({buffer.data(), size}, text);
  EXPECT_EQ(buffer.back(), '#');
  return buffer.data();
}

TEST(Printable, EscapesWhatATerminalObeys) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},
      {"plain text, 100 %", "plain text, 100 %"},
      {"\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80", "\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80"},
      {"a\nb\rc\td", "a\\nb\\rc\\td"},
      {std::string("\0\x01\x1b\x1f\x7f", 5), "\\x00\\x01\\x1b\\x1f\\x7f"},
      {" ~", " ~"},
      // The first and the last control above ASCII, and the first that is none.
      {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
      {"\x80\x9b\xff\xc0\xaf", "\\x80\\x9b\\xff\\xc0\\xaf"},
      {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
       "\xe2\x80\xa7\\u2028\\u2029\\u202a\\u202e\xe2\x80\xaf"},
      {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa"},
      // Cut characters, surrogates, more bytes than needed, beyond U+10FFFF.
      {"\xc3", "\\xc3"},
      {"\xe2\x80", "\\xe2\\x80"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xe0\x82\x9b", "\\xe0\\x82\\x9b"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
  };
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(printable(text), shown);
    EXPECT_EQ(printable(shown), shown);
    EXPECT_EQ(in_buffer(text, 100), shown);
    EXPECT_EQ(printable(text) == text, text == shown);
  }
}

TEST(Printable, LeavesNothingOfHostileText) {
  for (const std::string& text : test::hostile_texts()) test::expect_printable(printable(text));
  for (int byte = 0; byte < 256; ++byte) {
    for (int next = 0; next < 256; ++next) {
      const std::string text{'\xe2', static_cast<char>(byte), static_cast<char>(next)};
      const std::string shown = printable(text);
      test::expect_printable(shown);
      EXPECT_EQ(shown.find('\n'), shown.npos);
      EXPECT_TRUE(is_utf8(shown));
    }
  }
}

TEST(Printable, CutsBetweenCharacters) {
  const std::string e = "\xc3\xa9";
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "abc...");
  EXPECT_EQ(printable("ab" + e, 3), "ab...");
  EXPECT_EQ(printable("ab" + e, 4), "ab" + e);
  EXPECT_EQ(printable("ab\n", 4), "ab\\n");
  EXPECT_EQ(printable("ab\n", 3), "ab...");
  EXPECT_EQ(printable(std::string(kLongestPrintable, 'x')), std::string(kLongestPrintable, 'x'));
  EXPECT_EQ(printable(std::string(kLongestPrintable + 1, 'x')), std::string(kLongestPrintable, 'x') + "...");
  EXPECT_EQ(in_buffer("abcd", 8), "abcd");
  EXPECT_EQ(in_buffer("abcde", 8), "abcd...");
  EXPECT_EQ(in_buffer("abc" + e, 8), "abc...");
  EXPECT_EQ(in_buffer("a", 4), "...");
  EXPECT_EQ(in_buffer("", 4), "");
}

TEST(Printable, ARefusalIsOneLine) {
  for (const std::string& text : test::hostile_texts()) {
    try {
      refuse("file " + text, "key " + text);
    } catch (const Error& error) {
      test::expect_printable(error.what());
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
}

TEST(Utf8, IsToldFromOtherBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(
      "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xff"})
    EXPECT_FALSE(is_utf8(text)) << text;
  const Utf8Character euro = first_character("\xe2\x82\xac!");
  EXPECT_EQ(euro.code, U'\u20ac');
  EXPECT_EQ(euro.size, 3u);
}

}  // namespace
}  // namespace serene::weights
