#include "runtime/recording/mix.h"

namespace serene::runtime {

void pick_channel(std::span<const float> interleaved, int channels, int channel, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) mono[i] = interleaved[i * count + static_cast<size_t>(channel)];
}

void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;  // float could overflow
    for (size_t c = 0; c < count; ++c) sum += interleaved[i * count + c];
    mono[i] = static_cast<float>(sum / channels);
  }
}

}  // namespace serene::runtime
