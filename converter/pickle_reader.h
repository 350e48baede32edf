// The bytes of a pickle: opcodes and their arguments, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace serene::converter {

class PickleReader {
 public:
  // `bytes` and `name` must outlive the reader, and `bytes` all text that it returns.
  PickleReader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  // The next opcode; errors are reported at its byte from here on.
  uint8_t op();
  // A little-endian number of 1 to 8 bytes.
  uint64_t number(int size);
  // `size` bytes, which are not copied.
  std::string_view text(uint64_t size);
  // Up to the next line feed, which is passed over.
  std::string_view line();
  // A line in decimal digits.
  int64_t decimal_line() { return decimal(line()); }
  int64_t decimal(std::string_view digits) const;
  double real_line();
  // Eight bytes, big-endian.
  double real();

  // The byte of the opcode being run, and the byte after all that was read.
  size_t start() const { return start_; }
  size_t position() const { return at_; }
  // The byte `ahead` bytes after the position, -1 past the end.
  int peek(size_t ahead) const;

  // Throws Error(model) "<name>: <cause>".
  [[noreturn]] void refuse(const std::string& cause) const;
  // The same with " at byte <start>".
  [[noreturn]] void fail(const std::string& cause) const;

 private:
  std::span<const std::byte> bytes_;
  const std::string& name_;
  size_t at_ = 0, start_ = 0;
};

}  // namespace serene::converter
