// A long clip in windows that the enhancer takes one by one, cross-faded where they overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace serene::runtime {

struct EnhanceWindow {
  size_t clip;
  int64_t start, length;      // samples
  int64_t fade_in, fade_out;  // samples shared with the window before and the one after
};

// Appends the windows of clip number `clip`, of n samples: one up to Engine::kWholeSeconds, else several of
// as equal length as they get, each of which starts Engine::kOverlapSeconds before the end of the one before.
void add_enhance_windows(size_t clip, int64_t n, std::vector<EnhanceWindow>& windows);

// Adds a window's samples to the clip's, faded at its ends. At most two windows meet, in either order;
// `enhanced` begins as zeros.
void add_faded(const EnhanceWindow& window, std::span<const float> samples, std::span<float> enhanced);

}  // namespace serene::runtime
