// Which of a file's channels make a recording: the value of --channels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serene::cli {

struct Channels {
  enum class Kind { mix, each, one };  // their mean; every one by itself; `number` alone
  Kind kind = Kind::mix;
  int number = 0;  // from 0
  bool operator==(const Channels&) const = default;
};

// "mix", "each" or a number below kMaxChannels; nothing for any other text.
std::optional<Channels> channels_of(std::string_view text);
std::string to_text(const Channels& channels);

}  // namespace serene::cli
