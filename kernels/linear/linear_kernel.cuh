// Rows by a weight on a GPU. Grid: x over tiles of 128 rows, y over tiles of 64 columns; 256 threads. The
// rows are a map one bin wide, the product its convolution with one tap (kernels/common/gpu/conv_tiles.h).
//
// 2 K N FLOP a row for K + N floats: at K = N = 768, R = 250 76 FLOP a byte, weights included, more with
// more rows. fp32 is bound by the CUDA cores, tf32 and bf16 by shared memory, since fragments are read as
// fp32. 30 KB of shared memory a block; a thread holds 32 sums. Bias, activation and residual are applied to
// the sums in registers.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/gpu.h"
#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/gelu.h"

namespace serene {

struct LinearKernelArgs {
  gpu::ConvSource source;
  const float *bias, *residual;  // either may be null
  Activation activation;
  int64_t rows, residual_stride, y_stride;
  float* y;
};

template <Precision kPrecision>
__global__ void __launch_bounds__(gpu::kTileThreads) linear_kernel(LinearKernelArgs args) {
  SERENE_SHARED(tiles, gpu::ConvTiles);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kConvRows;
  const int first_column = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::TileProduct<kPrecision, gpu::kConvRows> product;
  product.clear();
  gpu::add_convolution(product, tiles, args.source, 0, first, args.rows, 1, first_column);
  product.each([&](int row, int column, float sum) {
    const int64_t r = first + row;
    const int n = first_column + column;
    if (r >= args.rows || n >= args.source.weights.n) return;
    if (args.bias != nullptr) sum += args.bias[n];
    if (args.activation == Activation::gelu) sum = gpu::gelu(sum);
    if (args.activation == Activation::relu) sum = fmaxf(sum, 0.0f);
    if (args.residual != nullptr) sum += args.residual[r * args.residual_stride + n];
    args.y[r * args.y_stride + n] = sum;
  });
}

}  // namespace serene
