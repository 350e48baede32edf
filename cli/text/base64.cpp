#include "cli/text/base64.h"

#include <cstdint>

namespace serene::cli {

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t triple = 0;
    for (size_t k = 0; k < 3; ++k) {
      triple = triple << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= count ? kDigits[triple >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

}  // namespace serene::cli
