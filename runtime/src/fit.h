// A clip brought to the length the weights were trained with.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/models/common/fit.h"

namespace serene::runtime {

// Samples of a fitted clip, 0 for any length.
int64_t fit_samples(const models::Fit& fit);

// Samples of a clip once it is fitted.
int64_t fitted_size(int64_t samples, const models::Fit& fit);

// Fills `fitted`, of fitted_size(): `tile` repeats the clip (clip + clip + ...), `pad` appends zeros, both to
// fit_samples, to which a longer clip is cut; `none` copies. The clip has at least one sample.
void fit_clip(std::span<const float> clip, const models::Fit& fit, std::span<float> fitted);

}  // namespace serene::runtime
