// Clips of samples brought to mean 0 and variance 1: the input of wav2vec 2.0, HuBERT and WavLM where their
// preprocessor says do_normalize.
//
//   y[n] = (x[n] - mean) / sqrt(var + eps), var biased
//
// Statistics are over a clip's own samples, in double. A clip of one value gives zeros. No workspace. y may
// be x.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct NormalizeArgs {
  View<const float, 1> x;  // (N), contiguous
  Ragged clips;
  double eps = 1e-7;
  View<float, 1> y;  // (N), contiguous
};

// Throws Error(invalid_argument) on shapes that do not fit.
void normalize(const NormalizeArgs& args, const Stream& stream);

Work normalize_work(const NormalizeArgs& args);

void normalize_cpu(const NormalizeArgs& args, const Stream& stream);

}  // namespace serene
