// A file's channels to the one that a recording has.
#pragma once

#include <span>

namespace serene::runtime {

// Mean over the channels. interleaved: (frames, channels); mono: (frames).
void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono);
// One of them, counted from 0.
void pick_channel(std::span<const float> interleaved, int channels, int channel, std::span<float> mono);

}  // namespace serene::runtime
