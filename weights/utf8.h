// UTF-8 as RFC 3629 has it: no surrogates, nothing longer than needed.
#pragma once

#include <cstddef>
#include <string_view>

namespace serene::weights {

struct Utf8Character {
  char32_t code;
  size_t size;  // in bytes
};

// The character that `text`, which is not empty, begins with; size 0 where it begins with none.
Utf8Character first_character(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;

}  // namespace serene::weights
