// y[r, c] = tanh(x[r, c]). No workspace. y may be x.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct TanhRowsArgs {
  View<const float, 2> x;  // (R, C)
  View<float, 2> y;        // (R, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void tanh_rows(const TanhRowsArgs& args, const Stream& stream);

Work tanh_rows_work(const TanhRowsArgs& args);

void tanh_rows_cpu(const TanhRowsArgs& args, const Stream& stream);

}  // namespace serene
