// Rates and channel counts beyond these are mistakes or damaged headers, not recordings.
#pragma once

namespace serene::runtime {

inline constexpr int kMinSampleRate = 1000;
inline constexpr int kMaxSampleRate = 768000;
inline constexpr int kMaxChannels = 64;

}  // namespace serene::runtime
