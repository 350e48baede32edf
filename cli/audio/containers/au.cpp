#include "cli/audio/containers/inspect.h"

#include <array>

#include "cli/audio/containers/fields.h"

namespace serene::cli {

// Sun's; a length of all ones says nothing.
ContainerLength inspect_au(const SourceFile& file, bool little_endian) {
  std::array<std::byte, 24> head{};
  if (file.read_at(0, head) != head.size()) return {};
  const auto field = [&](int i) {
    const std::byte* p = head.data() + i * 4;
    return little_endian ? le32(p) : be32(p);
  };
  const uint32_t offset = field(1), declared = field(2), coding = field(3), rate = field(4),
                 channels = field(5);
  if (declared == 0xffffffff) return {};
  ContainerLength length;
  length.truncated = declared > file.size() - offset;
  constexpr std::array<uint32_t, 8> kWidths{0, 1, 1, 2, 3, 4, 4, 8};  // bytes of a sample, by its coding
  constexpr uint32_t kALaw = 27;
  const uint32_t width = coding < kWidths.size() ? kWidths[coding] : coding == kALaw ? 1 : 0;
  const double bytes_per_second = static_cast<double>(width) * rate * channels;
  if (length.truncated && bytes_per_second > 0) length.declared_seconds = declared / bytes_per_second;
  return length;
}

}  // namespace serene::cli
