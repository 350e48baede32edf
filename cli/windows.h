// How a long recording is cut for the classifier, which looks at a fixed length.
#pragma once

#include <cstddef>
#include <vector>

namespace serene::cli {

struct Window {
  size_t start = 0;   // first sample
  size_t length = 0;  // samples
  bool operator==(const Window&) const = default;
};

// Windows of `window` samples every `hop`, hop in [1, window]; the last one ends with the recording, so that
// nothing is left out and none is filled up. A recording no longer than a window, or window = 0, is one
// window.
std::vector<Window> plan_windows(size_t samples, size_t window, size_t hop);

}  // namespace serene::cli
