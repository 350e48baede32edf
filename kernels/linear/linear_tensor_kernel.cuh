// Rows by a weight in bf16 on a GPU, for weights with pairs and rows at 16 bytes. Grid: x over tiles of kRows
// rows, y over tiles of kColumns columns; 256 threads (kernels/common/gpu/tensor_product.h).
//
// 2 K N FLOP a row for K + N floats, bound by L2, from which rows come N / kColumns times as floats. Tiles of
// 64 x 64 are for few rows: of 250 rows and 512 columns 32 blocks and not 8.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/tensor_product.h"

namespace serene {

struct LinearTensorArgs {
  const float* x;
  int64_t x_stride, rows;
  gpu::Weights weights;
  gpu::TensorOutput output;
};

template <int kRows, int kColumns>
__global__ void __launch_bounds__(gpu::kTileThreads, 2) linear_tensor_kernel(LinearTensorArgs args) {
  using Tiles = gpu::TensorTiles<kRows, kColumns>;
  SERENE_SHARED(tiles, Tiles);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kRows;
  const int column = static_cast<int>(blockIdx.y) * kColumns;
  gpu::TensorProduct<kRows, kColumns> product;
  product.multiply(
      tiles, args.weights, column,
      [&](int row) {
        const int64_t r = first + row;
        return r < args.rows ? args.x + r * args.x_stride : nullptr;
      },
      gpu::TensorSteps(args.weights.k), gpu::TensorSteps::count(args.weights.k));
  gpu::TensorOutput output = args.output;
  output.y += first * output.y_stride;
  output.residual = output.residual == nullptr ? nullptr : output.residual + first * output.residual_stride;
  product.store(output, args.rows - first, column);
}

}  // namespace serene
