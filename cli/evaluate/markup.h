// Text and numbers for an HTML page.
#pragma once

#include <string>

namespace serene::cli {

// Text out of a file, for between tags and within quotes: nothing in it is markup. What is not UTF-8, and
// control characters, become U+FFFD.
std::string escaped(const std::string& text);
// Two digits after the point.
std::string percent_text(double share);
// An attribute's value that reads back as the same number.
std::string exact(double value);

}  // namespace serene::cli
