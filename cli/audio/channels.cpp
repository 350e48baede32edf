#include "cli/audio/channels.h"

#include <charconv>

#include "cli/audio/decode.h"

namespace serene::cli {

std::optional<Channels> channels_of(std::string_view text) {
  if (text == "mix") return Channels{};
  if (text == "each") return Channels{Channels::Kind::each};
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || read != end || number < 0 || number >= kMaxChannels) return std::nullopt;
  return Channels{Channels::Kind::one, number};
}

std::string to_text(const Channels& channels) {
  switch (channels.kind) {
    case Channels::Kind::mix:
      return "mix";
    case Channels::Kind::each:
      return "each";
    case Channels::Kind::one:
      return std::to_string(channels.number);
  }
  return "";
}

}  // namespace serene::cli
