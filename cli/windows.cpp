#include "cli/windows.h"

namespace serene::cli {

std::vector<Window> plan_windows(size_t samples, size_t window, size_t hop) {
  if (window == 0 || samples <= window) return {{0, samples}};
  std::vector<Window> windows;
  for (size_t start = 0; start + window < samples; start += hop) windows.push_back({start, window});
  windows.push_back({samples - window, window});
  return windows;
}

}  // namespace serene::cli
