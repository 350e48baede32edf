#include "weights/utf8.h"

#include <array>
#include <cstdint>

namespace serene::weights {

Utf8Character first_character(std::string_view text) noexcept {
  constexpr Utf8Character kNone{0, 0};
  // The least code of each size; a smaller one is written in more bytes than it needs.
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
  if (size == 0 || text.size() < size) return kNone;
  char32_t code = lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return kNone;
    code = code << 6 | (byte & 0x3f);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[size] || surrogate || code > 0x10ffff ? kNone : Utf8Character{code, size};
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const size_t size = first_character(text).size;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace serene::weights
