// How a file is refused: one line, whatever names the file itself brings along.
#pragma once

#include <algorithm>
#include <string>

#include "kernels/common/error.h"

namespace serene::weights {

// Text out of a file for a line of output: control characters become '?', and it ends after 4000 bytes.
inline std::string printable(std::string text) {
  constexpr size_t kLongest = 4000;
  if (text.size() > kLongest) text.replace(kLongest, text.npos, "...");
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return text;
}

// Throws Error(model) "<file>: <cause>".
[[noreturn]] inline void refuse(const std::string& file, const std::string& cause) {
  throw Error(ErrorKind::model, file + ": " + printable(cause));
}

}  // namespace serene::weights
