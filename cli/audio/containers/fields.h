// Fields of container headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace serene::cli {

inline uint32_t le32(const std::byte* p) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | std::to_integer<uint32_t>(p[i]);
  return value;
}

inline uint32_t be32(const std::byte* p) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(p[i]);
  return value;
}

inline bool is(const std::byte* p, std::string_view id) { return std::memcmp(p, id.data(), id.size()) == 0; }

}  // namespace serene::cli
