// MPEG audio, and ID3 tags before and after it.
#include "cli/audio/containers/inspect.h"

#include <array>
#include <optional>

#include "cli/audio/containers/fields.h"

namespace serene::cli {
namespace {

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

}  // namespace

int64_t id3_end(const SourceFile& file, int64_t offset) {
  constexpr int kMaxTags = 16;
  for (int i = 0; i < kMaxTags; ++i) offset += id3_size(file, offset);
  return offset;
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

}  // namespace serene::cli
