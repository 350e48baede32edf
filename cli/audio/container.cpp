#include "cli/audio/container.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <optional>
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

// Sony's Wave64: as WAVE, with identifiers of 16 bytes and sizes of 64 bits that count the chunk's head.
ContainerLength inspect_wave64(const SourceFile& file) {
  constexpr int64_t kHead = 24;
  ContainerLength length;
  uint32_t bytes_per_second = 0;
  int64_t at = 40;
  for (int i = 0; i < kMaxChunks; ++i) {
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

// Where a page begins that is not where it should be, from `offset` on; the file's size where none does.
int64_t next_page(const SourceFile& file, int64_t offset) {
  std::vector<std::byte> bytes(1 << 14);
  while (offset < file.size()) {
    const size_t got = file.read_at(offset, bytes);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), got);
    if (const size_t at = text.find("OggS"); at != std::string_view::npos)
      return offset + static_cast<int64_t>(at);
    if (got < bytes.size()) break;
    offset += static_cast<int64_t>(got) - 3;  // the mark may lie across
  }
  return file.size();
}

// Page by page: none may be missing, and the last must carry the end-of-stream mark and be whole. libsndfile
// reads the first of chained streams.
ContainerLength inspect_ogg(const SourceFile& file) {
  constexpr int64_t kFixed = 27;  // bytes of a page header before its segment table
  constexpr size_t kMaxStreams = 64;
  // Bound the walk over hostile bytes: pages of nothing, and a page here and there.
  constexpr int kMaxPages = 1 << 22, kMaxBreaks = 1000;
  int pages = 0, breaks = 0;
  std::map<uint32_t, uint32_t> next;  // page of each stream, by its serial number
  bool gap = false, data = false, ended = false;
  ContainerLength length;
  std::array<std::byte, kFixed + 255> head{};
  for (int64_t at = 0; at < file.size();) {
    const auto got = static_cast<int64_t>(file.read_at(at, head));
    if (got < 4 || !is(head.data(), "OggS")) {
      if (++breaks > kMaxBreaks) {
        gap = true;
        break;
      }
      at = next_page(file, at + 1);
      continue;
    }
    if (++pages > kMaxPages) break;
    ended = false;
    if (got < kFixed) break;
    const int flags = std::to_integer<int>(head[5]);
    const bool begins = (flags & 2) != 0;
    if (begins && data) {
      length.followed = true;
      ended = true;
      break;
    }
    data = data || !begins;
    const uint32_t serial = le32(head.data() + 14), page = le32(head.data() + 18);
    if (const auto found = next.find(serial); found != next.end()) {
      gap = gap || page != found->second;
      found->second = page + 1;
    } else if (next.size() < kMaxStreams) {
      next[serial] = page + 1;
    }
    const int64_t segments = std::to_integer<int64_t>(head[26]);
    if (got < kFixed + segments) break;
    int64_t end = at + kFixed + segments;
    for (int64_t s = 0; s < segments; ++s)
      end += std::to_integer<int64_t>(head[static_cast<size_t>(kFixed + s)]);
    ended = (flags & 4) != 0 && end <= file.size();
    at = end;
  }
  length.truncated = gap || !ended;
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

// Where ID3v2 tags that begin at `offset` end.
int64_t id3_end(const SourceFile& file, int64_t offset) {
  constexpr int kMaxTags = 16;
  for (int i = 0; i < kMaxTags; ++i) offset += id3_size(file, offset);
  return offset;
}

// A frame of MPEG audio, layer III.
struct MpegFrame {
  int version = 0;  // as coded: 3 for MPEG 1
  int rate = 0;     // as coded
  bool mono = false;
  int64_t size = 0;
};

std::optional<MpegFrame> mpeg_frame(const SourceFile& file, int64_t offset) {
  std::array<std::byte, 4> head{};
  if (file.read_at(offset, head) != head.size()) return std::nullopt;
  const uint32_t bits = be32(head.data());
  const auto field = [bits](int shift, uint32_t mask) { return static_cast<int>(bits >> shift & mask); };
  MpegFrame frame;
  frame.version = field(19, 3);
  frame.rate = field(10, 3);
  frame.mono = field(6, 3) == 3;
  const int bit_rate = field(12, 15);
  const bool first_version = frame.version == 3;
  if (bits >> 21 != 0x7ff || frame.version == 1 || field(17, 3) != 1 || bit_rate == 0 || bit_rate == 15 ||
      frame.rate == 3)
    return std::nullopt;
  constexpr std::array kFirst{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
  constexpr std::array kOthers{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
  constexpr std::array kRates{44100, 48000, 32000};
  const int rate = kRates[static_cast<size_t>(frame.rate)] / (first_version ? 1 : frame.version == 2 ? 2 : 4);
  const int kilobits = (first_version ? kFirst : kOthers)[static_cast<size_t>(bit_rate)];
  frame.size = (first_version ? 144000 : 72000) * kilobits / rate + field(9, 1);
  return frame;
}

// Two frames in a row: one may be a slip of the encoder's count.
bool mpeg_sound_at(const SourceFile& file, int64_t offset) {
  const auto first = mpeg_frame(file, offset);
  if (!first) return false;
  const auto second = mpeg_frame(file, offset + first->size);
  return second && second->version == first->version && second->rate == first->rate;
}

// The Xing header of an MP3 has the bytes of its stream; the decoder stops after as many frames as it says.
ContainerLength inspect_mp3(const SourceFile& file) {
  ContainerLength length;
  const int64_t begin = id3_end(file, 0);
  const auto frame = mpeg_frame(file, begin);
  if (!frame) return length;
  const bool first_version = frame->version == 3;
  const int64_t side = first_version ? (frame->mono ? 17 : 32) : (frame->mono ? 9 : 17);
  std::array<std::byte, 16> xing{};
  if (file.read_at(begin + 4 + side, xing) != xing.size()) return length;
  if (!is(xing.data(), "Xing") && !is(xing.data(), "Info")) return length;
  if ((be32(xing.data() + 4) & 3) != 3) return length;  // frames and bytes
  int64_t end = begin + static_cast<int64_t>(be32(xing.data() + 12));
  std::array<std::byte, 3> tag{};
  constexpr int64_t kId3v1 = 128;
  if (file.read_at(end, tag) == tag.size() && is(tag.data(), "TAG")) end += kId3v1;
  length.followed = mpeg_sound_at(file, id3_end(file, end));
  return length;
}

bool is_container(std::span<const std::byte, 12> head) {
  for (const char* id : {"RIFF", "RF64", "riff", "FORM", "fLaC", "OggS", "caff", ".snd", "dns."}) {
    if (is(head.data(), id)) return true;
  }
  return false;
}

}  // namespace

int64_t tag_before_container(const SourceFile& file) {
  const int64_t end = id3_end(file, 0);
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
  if (is(head.data(), "riff")) return inspect_wave64(file);
  if (is(head.data(), ".snd")) return inspect_au(file, false);
  if (is(head.data(), "dns.")) return inspect_au(file, true);
  if (is(head.data(), "FORM") && is(head.data() + 8, "AIF")) return inspect_aiff(file);
  if (is(head.data(), "OggS")) return inspect_ogg(file);
  if (!is_container(head)) return inspect_mp3(file);
  return {};
}

}  // namespace serene::cli
