// How a file is refused: one line, whatever names the file itself brings along.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "kernels/common/error.h"

namespace serene::weights {

inline constexpr size_t kLongestPrintable = 4000;  // bytes

inline bool is_control(unsigned char c) { return c < 32 || c == 127; }

// How many bytes of `text` are shown: kLongestPrintable at the most, and no part of a UTF-8 character.
inline size_t printable_size(std::string_view text) {
  if (text.size() <= kLongestPrintable) return text.size();
  size_t size = kLongestPrintable;
  for (int i = 0; i < 3 && (text[size] & 0xC0) == 0x80; ++i) --size;
  return size;
}

// Text out of a file for a line of output: control characters become '?', and long text ends in "...".
inline std::string printable(std::string text) {
  if (const size_t size = printable_size(text); size < text.size()) text.replace(size, text.npos, "...");
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

// Throws Error(model) "<file>: <cause>".
[[noreturn]] inline void refuse(const std::string& file, const std::string& cause) {
  throw Error(ErrorKind::model, file + ": " + printable(cause));
}

}  // namespace serene::weights
