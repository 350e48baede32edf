// How far a head may reach: whoever reads a model file or a checkpoint refuses what is beyond.
#pragma once

namespace serene::networks {

inline constexpr int kHighestState = 256;  // of the encoder's hidden states
inline constexpr int kMostFrames = 1000;   // whose mean a head reads as one

}  // namespace serene::networks
