#include "cli/audio/containers/inspect.h"

#include <array>

#include "cli/audio/containers/fields.h"

namespace serene::cli {
namespace {

constexpr int kMostChunks = 4096;

}  // namespace

// Sony's Wave64: as WAVE, with identifiers of 16 bytes and sizes of 64 bits that count the chunk's head.
ContainerLength inspect_wave64(const SourceFile& file) {
  constexpr int64_t kHead = 24;
  ContainerLength length;
  uint32_t bytes_per_second = 0;
  int64_t at = 40;
  for (int i = 0; i < kMostChunks; ++i) {
    std::array<std::byte, kHead> head{};
    if (file.read_at(at, head) != head.size()) break;
    const auto size = static_cast<int64_t>(le32(head.data() + 16)) |
                      static_cast<int64_t>(le32(head.data() + 20) & 0x7fffffff) << 32;
    if (is(head.data(), "fmt ")) {
      std::array<std::byte, 16> format{};
      if (file.read_at(at + kHead, format) == format.size()) bytes_per_second = le32(format.data() + 8);
    } else if (is(head.data(), "data")) {
      const int64_t declared = size - kHead;
      length.truncated = declared > file.size() - at - kHead;
      if (length.truncated && bytes_per_second > 0) {
        length.declared_seconds = static_cast<double>(declared) / bytes_per_second;
      }
      break;
    }
    if (size < kHead || size > file.size() - at) break;
    at += (size + 7) / 8 * 8;
  }
  return length;
}

}  // namespace serene::cli
