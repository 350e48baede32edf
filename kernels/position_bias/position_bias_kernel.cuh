// WavLM's bias by distance on a GPU. Grid: x over distances, a thread each, which writes all heads.
//
// 4 bytes a number for a logarithm in double a distance: 20 KB and a few us, once a pass.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

inline constexpr int kPositionBiasThreads = 128;

struct PositionBiasKernelArgs {
  const float* table;
  float* y;
  int64_t table_stride, y_stride, reach;  // reach: L - 1
  int half, exact, heads;                 // half of the buckets, and of those the ones for one distance each
  double growth;                          // ln(largest / exact)
};

__global__ void __launch_bounds__(kPositionBiasThreads) position_bias_kernel(PositionBiasKernelArgs args) {
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kPositionBiasThreads + threadIdx.x;
  if (column > 2 * args.reach) return;
  const int64_t r = column - args.reach, apart = r < 0 ? -r : r;
  int64_t bucket = apart;
  if (apart >= args.exact) {
    const double share = log(static_cast<double>(apart) / args.exact) / args.growth;
    const int64_t place = static_cast<int64_t>(args.exact + share * (args.half - args.exact));
    bucket = place < args.half - 1 ? place : args.half - 1;
  }
  if (r > 0) bucket += args.half;
  for (int h = 0; h < args.heads; ++h)
    args.y[h * args.y_stride + column] = args.table[bucket * args.table_stride + h];
}

}  // namespace serene
