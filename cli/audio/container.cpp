#include "cli/audio/container.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace serene::cli {
namespace {

using Bytes = std::array<std::byte, 8>;

uint32_t le32(const std::byte* p) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | std::to_integer<uint32_t>(p[i]);
  return value;
}

uint32_t be32(const std::byte* p) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(p[i]);
  return value;
}

bool is(const std::byte* p, std::string_view id) { return std::memcmp(p, id.data(), id.size()) == 0; }

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

// The last page must carry the end-of-stream mark and be whole.
ContainerLength inspect_ogg(const SourceFile& file) {
  constexpr int64_t kLargestPage = 27 + 255 + 255 * 255;
  constexpr int64_t kFixed = 27;  // bytes of a page header before its segment table
  std::vector<std::byte> tail(static_cast<size_t>(std::min(file.size(), 2 * kLargestPage)));
  tail.resize(file.read_at(file.size() - static_cast<int64_t>(tail.size()), tail));
  const auto size = static_cast<int64_t>(tail.size());
  ContainerLength length;
  length.truncated = true;
  for (int64_t i = size - kFixed; i >= 0; --i) {
    const std::byte* page = tail.data() + i;
    if (!is(page, "OggS")) continue;
    const int64_t segments = std::to_integer<int64_t>(page[26]);
    int64_t end = i + kFixed + segments;
    for (int64_t s = 0; s < segments && i + kFixed + s < size; ++s) {
      end += std::to_integer<int64_t>(page[kFixed + s]);
    }
    const bool last = (std::to_integer<int>(page[5]) & 4) != 0;
    length.truncated = !last || end > size;
    break;
  }
  return length;
}

// Bytes of an ID3v2 tag that begins at `offset`, 0 where none does.
int64_t id3_size(const SourceFile& file, int64_t offset) {
  constexpr int64_t kHeader = 10;
  std::array<std::byte, kHeader> head{};
  if (file.read_at(offset, head) != head.size() || !is(head.data(), "ID3")) return 0;
  int64_t size = 0;  // seven bits a byte
  for (int i = 6; i < 10; ++i) {
    if ((head[i] & std::byte{0x80}) != std::byte{}) return 0;
    size = size << 7 | std::to_integer<int64_t>(head[i]);
  }
  const bool footer = (head[5] & std::byte{0x10}) != std::byte{};
  return kHeader + size + (footer ? kHeader : 0);
}

bool is_container(std::span<const std::byte, 12> head) {
  for (const char* id : {"RIFF", "RF64", "riff", "FORM", "fLaC", "OggS", "caff", ".snd"}) {
    if (is(head.data(), id)) return true;
  }
  return false;
}

}  // namespace

int64_t tag_before_container(const SourceFile& file) {
  constexpr int kMaxTags = 16;
  int64_t end = 0;
  for (int i = 0; i < kMaxTags; ++i) {
    const int64_t size = id3_size(file, end);
    if (size == 0) break;
    end += size;
  }
  std::array<std::byte, 12> head{};
  if (end == 0 || file.read_at(end, head) != head.size() || !is_container(head)) return 0;
  return end;
}

ContainerLength inspect_container(const SourceFile& file) {
  std::array<std::byte, 12> head{};
  if (file.read_at(0, head) != head.size()) return {};
  if (is(head.data() + 8, "WAVE")) {
    if (is(head.data(), "RIFF")) return inspect_wave(file, false);
    if (is(head.data(), "RF64")) return inspect_wave(file, true);
  }
  if (is(head.data(), "FORM") && is(head.data() + 8, "AIF")) return inspect_aiff(file);
  if (is(head.data(), "OggS")) return inspect_ogg(file);
  return {};
}

}  // namespace serene::cli
