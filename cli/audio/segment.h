// A part of a recording.
#pragma once

#include <optional>

namespace serene::cli {

struct Segment {
  double offset = 0;               // seconds from the start
  std::optional<double> duration;  // seconds; without it to the end
  bool whole() const { return offset == 0 && !duration; }
  bool operator==(const Segment&) const = default;
};

}  // namespace serene::cli
