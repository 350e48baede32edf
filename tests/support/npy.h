// .npy files of float32 in two dimensions, read by the book (NEP 1) rather than by the program's own header.
#pragma once

#include <cstdint>
#include <cstring>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace serene::test {

struct Npy {
  size_t rows = 0, width = 0;
  std::vector<float> values;  // (rows, width)
  std::vector<float> row(size_t index) const {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(index * width);
    return {begin, begin + static_cast<std::ptrdiff_t>(width)};
  }
};

// Throws std::runtime_error where it is no such file; bytes after the rows are an error, too.
inline Npy read_npy(const std::string& path) {
  const std::string bytes = read_file(path);
  if (bytes.size() < 10 || bytes.substr(0, 8) != std::string("\x93NUMPY\x01\x00", 8))
    throw std::runtime_error(path + ": no magic of format 1.0");
  const size_t length = static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  const std::string header = bytes.substr(10, length);
  if ((10 + length) % 64 != 0 || header.back() != '\n') throw std::runtime_error(path + ": not aligned");
  std::smatch found;
  const std::regex wanted(R"(\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n)");
  if (!std::regex_match(header, found, wanted)) throw std::runtime_error(path + ": " + header);
  Npy npy;
  npy.rows = std::stoul(found[1]);
  npy.width = std::stoul(found[2]);
  npy.values.resize(npy.rows * npy.width);
  if (bytes.size() != 10 + length + npy.values.size() * sizeof(float))
    throw std::runtime_error(path + ": " + std::to_string(bytes.size()) + " bytes");
  if (!npy.values.empty())
    std::memcpy(npy.values.data(), bytes.data() + 10 + length, npy.values.size() * sizeof(float));
  return npy;
}

}  // namespace serene::test
