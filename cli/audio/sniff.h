// Names what a file is by its first bytes, for the message on a file that cannot be decoded.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace serene::cli {

struct Sniffed {
  std::string name;        // "JPEG image", "MP4 or M4A", "text", "unknown data"
  bool is_audio = false;   // holds sound, as far as the first bytes tell
  bool decodable = false;  // a container libsndfile reads when it is in order
};

Sniffed sniff(std::span<const std::byte> head);

}  // namespace serene::cli
