#include "cli/audio/flac_end.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace serene::cli {
namespace {

constexpr int64_t kLookBack = 1 << 16;
constexpr int64_t kLookAhead = 4 << 20;

uint32_t byte_at(std::span<const std::byte> bytes, size_t i) { return std::to_integer<uint32_t>(bytes[i]); }

struct Header {
  int64_t first_frame = 0;
  uint32_t block = 0;   // samples of a frame, where all have as many
  int64_t samples = 0;  // declared, 0: not
  uint32_t channels = 0;
};

// Nothing where the file does not begin as FLAC does.
std::optional<Header> read_header(const SourceFile& file) {
  constexpr int kMaxBlocks = 1024;
  std::array<std::byte, 42> head{};  // the mark, the first block's header, STREAMINFO
  if (file.read_at(0, head) != head.size()) return std::nullopt;
  const std::span<const std::byte> bytes(head);
  if (byte_at(bytes, 0) != 'f' || byte_at(bytes, 1) != 'L' || byte_at(bytes, 2) != 'a' ||
      byte_at(bytes, 3) != 'C')
    return std::nullopt;
  Header header;
  header.block = byte_at(bytes, 10) << 8 | byte_at(bytes, 11);
  header.channels = (byte_at(bytes, 20) >> 1 & 7) + 1;
  header.samples = static_cast<int64_t>(byte_at(bytes, 21) & 15) << 32;
  for (size_t i = 0; i < 4; ++i)
    header.samples |= static_cast<int64_t>(byte_at(bytes, 22 + i)) << (24 - 8 * i);
  int64_t at = 4;
  for (int i = 0; i < kMaxBlocks; ++i) {
    std::array<std::byte, 4> block{};
    if (file.read_at(at, block) != block.size()) return std::nullopt;
    const std::span<const std::byte> b(block);
    at += 4 + static_cast<int64_t>(byte_at(b, 1) << 16 | byte_at(b, 2) << 8 | byte_at(b, 3));
    if ((byte_at(b, 0) & 0x80) != 0) {
      header.first_frame = at;
      return header;
    }
  }
  return std::nullopt;
}

uint32_t crc8(std::span<const std::byte> bytes) {
  uint32_t crc = 0;
  for (const std::byte value : bytes) {
    crc ^= std::to_integer<uint32_t>(value);
    for (int i = 0; i < 8; ++i) crc = (crc << 1 ^ ((crc & 0x80) != 0 ? 7 : 0)) & 0xff;
  }
  return crc;
}

constexpr size_t kLongestFrameHeader = 16;

// The first sample of a frame whose header begins here, and nothing where none does.
std::optional<int64_t> frame_start(std::span<const std::byte> bytes, const Header& header) {
  if (bytes.size() < 6 || byte_at(bytes, 0) != 0xff || (byte_at(bytes, 1) & 0xfe) != 0xf8)
    return std::nullopt;
  const uint32_t block_code = byte_at(bytes, 2) >> 4, rate_code = byte_at(bytes, 2) & 15;
  const uint32_t assignment = byte_at(bytes, 3) >> 4;
  if (block_code == 0 || rate_code == 15 || (byte_at(bytes, 3) & 1) != 0) return std::nullopt;
  if (assignment < 8 ? assignment + 1 != header.channels : (assignment > 10 || header.channels != 2))
    return std::nullopt;
  // A number as UTF-8 has them, of up to seven bytes.
  const uint32_t first = byte_at(bytes, 4);
  size_t more = 0;
  while (more < 7 && (first & 0x80u >> more) != 0) ++more;
  if (more == 1) return std::nullopt;
  int64_t number = more == 0 ? first : static_cast<int64_t>(first & (0x7fu >> more));
  size_t at = 5;
  for (; at < 4 + std::max<size_t>(more, 1); ++at) {
    if (at >= bytes.size() || (byte_at(bytes, at) & 0xc0) != 0x80) return std::nullopt;
    number = number << 6 | static_cast<int64_t>(byte_at(bytes, at) & 0x3f);
  }
  if (block_code == 6 || block_code == 7) at += block_code - 5;
  if (rate_code >= 12) at += rate_code == 12 ? 1 : 2;
  if (at >= bytes.size() || crc8(bytes.first(at)) != byte_at(bytes, at)) return std::nullopt;
  const bool in_samples = (byte_at(bytes, 1) & 1) != 0;
  return in_samples ? number : number * header.block;
}

}  // namespace

bool flac_goes_on(const SourceFile& file, int64_t read) {
  const std::optional<Header> header = read_header(file);
  if (!header || header->samples == 0) return false;
  std::array<std::byte, kLongestFrameHeader> first{};
  const size_t got = file.read_at(header->first_frame, first);
  if (!frame_start(std::span(first).first(got), *header)) return false;

  const int64_t from = std::max(header->first_frame, read - kLookBack);
  std::vector<std::byte> bytes(
      static_cast<size_t>(std::clamp<int64_t>(file.size() - from, 0, kLookBack + kLookAhead)));
  bytes.resize(file.read_at(from, bytes));
  constexpr std::string_view kStream("fLaC\0\0\0\x22", 8);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.find(kStream) != std::string_view::npos) return true;
  for (size_t i = text.find('\xff'); i < text.size(); i = text.find('\xff', i + 1)) {
    const auto here =
        std::span<const std::byte>(bytes).subspan(i).first(std::min(kLongestFrameHeader, bytes.size() - i));
    // Those of the first frame: sync, strategy and rate. A chance of one in a hundred million a byte is left.
    if (here.size() < 4 || here[1] != first[1] || (here[2] & std::byte{15}) != (first[2] & std::byte{15}) ||
        (here[3] & std::byte{14}) != (first[3] & std::byte{14}))
      continue;
    const std::optional<int64_t> start = frame_start(here, *header);
    if (start && *start >= header->samples) return true;
  }
  return false;
}

}  // namespace serene::cli
