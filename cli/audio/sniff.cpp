#include "cli/audio/sniff.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace serene::cli {
namespace {

struct Magic {
  size_t offset;
  std::string_view bytes;
  const char* name;
  bool is_audio;
  bool decodable;
};

using namespace std::string_view_literals;

constexpr std::array kMagics{
    Magic{8, "WAVE"sv, "WAV", true, true},
    Magic{0, "riff\x2e\x91\xcf\x11"sv, "Wave64", true, true},
    Magic{0, "fLaC"sv, "FLAC", true, true},
    Magic{0, "OggS"sv, "Ogg", true, true},
    Magic{0, "ID3"sv, "MP3", true, true},
    Magic{8, "AIF"sv, "AIFF", true, true},
    Magic{0, "caff"sv, "Core Audio", true, true},
    Magic{0, ".snd"sv, "AU", true, true},
    Magic{4, "ftyp"sv, "MP4 or M4A", true, false},
    Magic{0, "\x1a\x45\xdf\xa3"sv, "Matroska or WebM", true, false},
    Magic{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, "Windows Media", true, false},
    Magic{0, "#!AMR"sv, "AMR", true, false},
    Magic{0, "\xff\xf1"sv, "AAC", true, false},
    Magic{0, "\xff\xf9"sv, "AAC", true, false},
    Magic{8, "AVI "sv, "AVI", true, false},
    Magic{0, "\xff\xfb"sv, "MP3", true, true},
    Magic{0, "\xff\xf3"sv, "MP3", true, true},
    Magic{0, "\xff\xd8\xff"sv, "JPEG image", false, false},
    Magic{0, "\x89PNG"sv, "PNG image", false, false},
    Magic{0, "GIF8"sv, "GIF image", false, false},
    Magic{0, "%PDF"sv, "PDF document", false, false},
    Magic{0, "PK\x03\x04"sv, "ZIP archive", false, false},
    Magic{0, "\x1f\x8b"sv, "gzip archive", false, false},
    Magic{0,
          "\x7f"
          "ELF"sv,
          "program", false, false},
    Magic{0, "version https://git-lfs"sv, "Git LFS pointer (run: git lfs pull)", false, false},
};

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

Sniffed sniff(std::span<const std::byte> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  for (const Magic& magic : kMagics) {
    if (text.size() >= magic.offset + magic.bytes.size() &&
        text.substr(magic.offset, magic.bytes.size()) == magic.bytes) {
      return {magic.name, magic.is_audio, magic.decodable};
    }
  }
  return {is_text(text) ? "text" : "unknown data", false, false};
}

}  // namespace serene::cli
