#include "converter/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "weights/refuse.h"

namespace serene::converter {

uint8_t PickleReader::op() {
  start_ = at_;
  return static_cast<uint8_t>(number(1));
}

uint64_t PickleReader::number(int size) {
  if (bytes_.size() - at_ < static_cast<size_t>(size)) fail("pickle: truncated");
  uint64_t value = 0;
  for (int i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes_[at_ + i]) << 8 * i;
  at_ += size;
  return value;
}

std::string_view PickleReader::text(uint64_t size) {
  if (size > bytes_.size() - at_)
    fail("pickle: " + std::to_string(size) + " bytes announced, " + std::to_string(bytes_.size() - at_) +
         " left");
  const std::string_view value(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
  at_ += size;
  return value;
}

std::string_view PickleReader::line() {
  const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
  const auto end = std::find(begin, bytes_.end(), std::byte{'\n'});
  if (end == bytes_.end()) fail("pickle: truncated");
  const std::string_view value = text(static_cast<uint64_t>(end - begin));
  ++at_;
  return value;
}

int64_t PickleReader::decimal(std::string_view digits) const {
  if (digits.ends_with("L")) digits.remove_suffix(1);
  int64_t value = 0;
  const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || rest != digits.data() + digits.size()) fail("pickle: not a number");
  return value;
}

double PickleReader::real_line() {
  const std::string_view digits = line();
  double value = 0;
  const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || rest != digits.data() + digits.size()) fail("pickle: not a number");
  return value;
}

double PickleReader::real() {
  uint64_t bits = 0;
  for (char c : text(8)) bits = bits << 8 | static_cast<uint8_t>(c);
  return std::bit_cast<double>(bits);
}

int PickleReader::peek(size_t ahead) const {
  return ahead < bytes_.size() - at_ ? static_cast<uint8_t>(bytes_[at_ + ahead]) : -1;
}

void PickleReader::refuse(const std::string& cause) const { weights::refuse(name_, cause); }

void PickleReader::fail(const std::string& cause) const {
  refuse(cause + " at byte " + std::to_string(start_));
}

}  // namespace serene::converter
