// Copies a map into a slice of a wider or bordered one. No workspace; x and y do not overlap.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct CopyArgs {
  View<const float, 4> x;  // (B, T, F, C)
  View<float, 4> y;        // (B, T, F, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void copy(const CopyArgs& args, const Stream& stream);

Work copy_work(const CopyArgs& args);

void copy_cpu(const CopyArgs& args, const Stream& stream);

}  // namespace serene
