// A row of a list that cannot be understood, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace serene::cli {

// No row that means anything is longer; a list without line ends must not fill the memory.
inline constexpr size_t kMaxRowBytes = 1 << 20;

class BadRow : public std::runtime_error {
 public:
  // what() is "manifest.jsonl:7:31: cause"; column 0 leaves it out.
  BadRow(const std::string& list, int64_t line, int64_t column, const std::string& cause)
      : std::runtime_error(list + ':' + std::to_string(line) +
                           (column > 0 ? ':' + std::to_string(column) : std::string()) + ": " + cause) {}
};

}  // namespace serene::cli
