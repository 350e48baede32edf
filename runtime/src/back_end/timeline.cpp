#include "runtime/src/back_end/timeline.h"

namespace serene::runtime {

std::vector<double> HostTimeline::take() {
  std::vector<double> seconds;
  seconds.reserve(marks_.size());
  for (const Clock::time_point mark : marks_)
    seconds.push_back(std::chrono::duration<double>(mark - marks_.front()).count());
  marks_.clear();
  return seconds;
}

}  // namespace serene::runtime
