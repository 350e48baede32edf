#include "cli/text/fingerprint.h"

namespace serene::cli {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Wide kPrime = (Wide{1} << 88) + 0x13b;

}  // namespace

Fingerprint fingerprint_of(std::string_view bytes, Fingerprint start) {
  Wide hash = Wide{start.high} << 64 | start.low;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= kPrime;
  }
  return {static_cast<uint64_t>(hash >> 64), static_cast<uint64_t>(hash)};
}

}  // namespace serene::cli
