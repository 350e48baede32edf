// How a long recording is cut for the classifier, which looks at a fixed length.
#pragma once

#include <cstddef>
#include <optional>

namespace serene::runtime {

struct Window {
  size_t start = 0;   // first sample
  size_t length = 0;  // samples
  bool operator==(const Window&) const = default;
};

// In samples. window = 0: the recording is one window.
struct WindowLengths {
  size_t window = 0, hop = 0;
};
// From seconds at 16 kHz; 0 seconds are the model's window (in samples, 0 for any length), and a hop of a
// window.
WindowLengths window_lengths(double window_seconds, double hop_seconds, size_t model_window);

// Windows of `window` samples every `hop`, hop in [1, window]; the last one ends with the recording, so that
// nothing is left out and none is filled up. A recording no longer than a window, or window = 0, is one
// window.
class WindowPlan {
 public:
  WindowPlan(size_t window, size_t hop) : window_(window), hop_(hop) {}
  // The next one that is sure once so many samples of the recording are there, all of them where it has
  // ended.
  std::optional<Window> next(size_t samples, bool ended);
  // The first sample that a window yet to come may begin with.
  size_t needed_from(size_t samples) const;

 private:
  size_t window_, hop_;
  size_t start_ = 0;
  bool complete_ = false;
};

}  // namespace serene::runtime
