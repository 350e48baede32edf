// How a file is refused: one line, whatever names the file itself brings along.
#pragma once

#include <string>

#include "kernels/common/error.h"
#include "weights/printable.h"

namespace serene::weights {

// Throws Error(model) "<file>: <cause>".
[[noreturn]] inline void refuse(const std::string& file, const std::string& cause) {
  // Names of files may be longer than what is shown of a cause.
  throw Error(ErrorKind::model, printable(file, 2 * kLongestPrintable) + ": " + printable(cause));
}

}  // namespace serene::weights
