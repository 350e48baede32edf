#include "runtime/recording/track.h"

#include "runtime/recording/mix.h"
#include "runtime/recording/sample_values.h"

namespace serene::runtime {
namespace {

// The filter's sums overflow next to the largest float.
void refuse_overflow(std::span<const float> samples) {
  if (first_not_finite(samples)) {
    throw ResampleError("samples too large to be resampled: scale them to [-1, 1]");
  }
}

}  // namespace

Track::Track(int rate, int channels, std::optional<int> channel, float full_scale)
    : channels_(channels), channel_(channel), flags_(channel ? 1 : channels, full_scale), resampler_(rate) {}

void Track::add(std::span<const float> interleaved, std::vector<float>& samples) {
  mono_.resize(interleaved.size() / static_cast<size_t>(channels_));
  if (channel_) {
    pick_channel(interleaved, channels_, *channel_, mono_);
  } else {
    mix_down(interleaved, channels_, mono_);
  }
  flags_.add(channel_ ? std::span<const float>(mono_) : interleaved);
  const size_t before = samples.size();
  resampler_.push(mono_, samples);
  refuse_overflow(std::span(samples).subspan(before));
}

void Track::finish(std::vector<float>& samples) {
  const size_t before = samples.size();
  resampler_.finish(samples);
  refuse_overflow(std::span(samples).subspan(before));
}

}  // namespace serene::runtime
