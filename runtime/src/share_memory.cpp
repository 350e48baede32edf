#include "runtime/src/share_memory.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace serene::runtime {

bool share_memory(std::span<const std::span<const float>> inputs, std::span<const std::span<float>> outputs) {
  const auto end_of = [](const auto& samples) { return samples.data() + samples.size(); };
  const std::less<const float*> before;
  std::vector<std::span<const float>> sorted(inputs.begin(), inputs.end());
  std::sort(sorted.begin(), sorted.end(),
            [&](const auto& a, const auto& b) { return before(a.data(), b.data()); });
  // How far the inputs up to each of them reach.
  std::vector<const float*> reach;
  for (const auto& input : sorted) {
    const float* end = end_of(input);
    reach.push_back(reach.empty() || before(reach.back(), end) ? end : reach.back());
  }
  return std::any_of(outputs.begin(), outputs.end(), [&](const std::span<float>& output) {
    // The first input that begins where the output has ended, or later.
    const auto after =
        std::lower_bound(sorted.begin(), sorted.end(), end_of(output),
                         [&](const auto& input, const float* end) { return before(input.data(), end); });
    return after != sorted.begin() && before(output.data(), reach[after - sorted.begin() - 1]);
  });
}

}  // namespace serene::runtime
