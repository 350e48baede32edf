// 128 bits that identify a text: FNV-1a (128 bit). No secret: it tells apart, it proves nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace serene::cli {

struct Fingerprint {
  uint64_t high = 0x6c62272e07bb0142, low = 0x62b821756295c58d;
  bool operator==(const Fingerprint&) const = default;
  bool operator<(const Fingerprint& other) const {
    return high != other.high ? high < other.high : low < other.low;
  }
};

// `start` chains: fingerprint_of(b, fingerprint_of(a)) is that of a and b put together.
Fingerprint fingerprint_of(std::string_view bytes, Fingerprint start = {});

}  // namespace serene::cli
