// Feature-wise linear modulation of the embedding by the SNR coefficient (TRNet, arXiv 2404.12979, eq. 6).
//
//   y = (scale_weight c + scale_bias) * h + (shift_weight c + shift_bias)
//
// No workspace. h and y may be the same memory.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct FilmArgs {
  View<const float, 2> h;             // (B, E) embedding
  View<const float, 1> coefficient;   // (B) c in [0, 1]
  View<const float, 1> scale_weight;  // (E)
  View<const float, 1> scale_bias;    // (E)
  View<const float, 1> shift_weight;  // (E)
  View<const float, 1> shift_bias;    // (E)
  View<float, 2> y;                   // (B, E)
};

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) without a kernel for the
// device.
void film(const FilmArgs& args, const Stream& stream);

Work film_work(const FilmArgs& args);

void film_cpu(const FilmArgs& args, const Stream& stream);

}  // namespace serene
