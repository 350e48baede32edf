// WAVE, RF64 and AIFF: chunks of RIFF and IFF.
#include "cli/audio/containers/inspect.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "cli/audio/containers/fields.h"

namespace serene::cli {
namespace {

using Bytes = std::array<std::byte, 8>;

// Writers to a pipe put 0, 2^31 - something or 2^32 - 1 where the size belongs.
constexpr uint32_t kNoLength = 0x7fff0000;

// A chunk of RIFF or IFF: identifier, 32-bit size, data, padding to an even offset.
struct Chunk {
  Bytes header;
  int64_t data = 0;   // offset of its data
  uint32_t size = 0;  // as written
  bool is(std::string_view id) const { return cli::is(header.data(), id); }
};

// Bounds the walk over a hostile chain of empty chunks.
constexpr int kMaxChunks = 4096;

template <typename Visit>  // bool(const Chunk&): go on?
void for_each_chunk(const SourceFile& file, int64_t offset, bool little_endian, Visit visit) {
  for (int i = 0; i < kMaxChunks; ++i) {
    Chunk chunk;
    if (file.read_at(offset, chunk.header) != chunk.header.size()) return;
    chunk.data = offset + 8;
    chunk.size = little_endian ? le32(chunk.header.data() + 4) : be32(chunk.header.data() + 4);
    if (!visit(chunk)) return;
    offset = chunk.data + chunk.size + (chunk.size & 1);
  }
}

// Whether chunks, and nothing else, reach from `offset` to the end: then a data chunk of size 0 before them
// is truly empty.
bool chunks_to_the_end(const SourceFile& file, int64_t offset) {
  bool plausible = true;
  int64_t end = offset;
  for_each_chunk(file, offset, true, [&](const Chunk& chunk) {
    for (int i = 0; i < 4; ++i) plausible &= std::isprint(std::to_integer<int>(chunk.header[i])) != 0;
    end = chunk.data + chunk.size;
    return plausible && end < file.size();
  });
  return plausible && (end == file.size() || end + 1 == file.size());
}

}  // namespace

ContainerLength inspect_wave(const SourceFile& file, bool rf64) {
  ContainerLength length;
  uint32_t bytes_per_second = 0;
  int64_t long_size = -1;  // of RF64's ds64 chunk
  for_each_chunk(file, 12, true, [&](const Chunk& chunk) {
    if (chunk.is("ds64")) {
      std::array<std::byte, 16> sizes{};
      if (file.read_at(chunk.data, sizes) == sizes.size()) {
        long_size = static_cast<int64_t>(le32(sizes.data() + 8)) |
                    static_cast<int64_t>(le32(sizes.data() + 12) & 0x7fffffff) << 32;
      }
    } else if (chunk.is("fmt ")) {
      std::array<std::byte, 16> format{};
      if (file.read_at(chunk.data, format) == format.size()) bytes_per_second = le32(format.data() + 8);
    } else if (chunk.is("data")) {
      const int64_t present = file.size() - chunk.data;
      const int64_t declared = rf64 && long_size >= 0 ? long_size : chunk.size;
      const bool never_filled_in = declared == 0 && present > 0 && !chunks_to_the_end(file, chunk.data);
      length.truncated = declared > present || never_filled_in;
      if (never_filled_in) {
        SizePatch patch;
        patch.offset = chunk.data - 4;
        const auto size = static_cast<uint32_t>(std::min<int64_t>(present, 0xfffffffe));
        for (int i = 0; i < 4; ++i) patch.bytes[i] = static_cast<uint8_t>(size >> 8 * i);
        length.patch = patch;
      } else if (length.truncated && bytes_per_second > 0 && (rf64 || declared < kNoLength)) {
        length.declared_seconds = static_cast<double>(declared) / bytes_per_second;
      }
      return false;
    }
    return true;
  });
  return length;
}

ContainerLength inspect_aiff(const SourceFile& file) {
  ContainerLength length;
  for_each_chunk(file, 12, false, [&](const Chunk& chunk) {
    if (chunk.is("SSND")) length.truncated = chunk.size > file.size() - chunk.data;
    return !chunk.is("SSND");
  });
  return length;
}

}  // namespace serene::cli
