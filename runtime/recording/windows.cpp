#include "runtime/recording/windows.h"

#include <algorithm>

namespace serene::runtime {

std::optional<Window> WindowPlan::next(size_t samples, bool ended) {
  if (complete_) return std::nullopt;
  if (window_ != 0 && start_ + window_ < samples) {
    const Window window{start_, window_};
    start_ += hop_;
    return window;
  }
  if (!ended) return std::nullopt;
  complete_ = true;
  if (window_ == 0 || samples <= window_) return Window{0, samples};
  return Window{samples - window_, window_};
}

size_t WindowPlan::needed_from(size_t samples) const {
  if (window_ == 0 || samples <= window_) return 0;
  return std::min(start_, samples - window_);
}

}  // namespace serene::runtime
