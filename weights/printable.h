// Text of others (names of files, keys, labels) as it is shown to a person: in one line that says what it
// says, whatever the text holds. Nothing in it moves the cursor, changes colours, begins a line or turns the
// direction of reading.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace serene::weights {

inline constexpr size_t kLongestPrintable = 4000;  // bytes

// `text` with \n, \r, \t, \x1b in the place of control characters, \u009b in that of others above ASCII, of
// line separators and of marks of direction, and \xff in that of bytes that are not UTF-8. What is
// longer than `longest` bytes is cut between characters and ends in "...". Printable text stays as it is.
std::string printable(std::string_view text, size_t longest = kLongestPrintable);
// The same without allocating, with a NUL after it: as much as fits into `to`, which has four bytes or more.
void printable_into(std::span<char> to, std::string_view text) noexcept;

}  // namespace serene::weights
