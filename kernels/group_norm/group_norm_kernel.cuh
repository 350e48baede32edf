// Group normalisation over time on a GPU, in two kernels: sums of 256 rows of a clip; the rows. Grid of both:
// x over pieces of 256 rows of each clip, y over 32 channels; a block has 32 threads along the channels and 8
// down.
//
// Moves 12 bytes an element, the second read from L2 where the clip fits (5 s of 512 channels are 33 MB of an
// H200's 50), for 9 FLOP with GELU, of them 3 in double: bound by memory, 20 us for that clip. Every block of
// the second kernel adds up the sums of its clip again, 63 pieces of 32 channels for 5 s, in the order of
// time. Shared memory: 4 KB.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/gelu.h"
#include "kernels/common/gpu/ragged.h"

namespace serene {

inline constexpr int kGroupNormPiece = 256, kGroupNormColumns = 32, kGroupNormDown = 8;

struct GroupNormKernelArgs {
  const float* x;
  float* y;
  int64_t x_stride, y_stride;
  gpu::RaggedTiles clips;
  const float *weight, *bias;
  float eps;
  bool gelu;
  int channels;
  double* sums;  // (slots, 2, C)
};

SERENE_DEVICE int64_t group_norm_slot(const gpu::RaggedPlace& place) {
  return place.begin / kGroupNormPiece + place.clip;
}

__global__ void __launch_bounds__(kGroupNormColumns* kGroupNormDown)
    group_norm_sums_kernel(GroupNormKernelArgs args) {
  SERENE_SHARED(parts, double[2][kGroupNormDown][kGroupNormColumns]);
  const gpu::RaggedPlace place = gpu::ragged_place(args.clips, kGroupNormPiece);
  if (place.first >= place.length) return;
  const int column = static_cast<int>(threadIdx.x), down = static_cast<int>(threadIdx.y);
  const int c = static_cast<int>(blockIdx.y) * kGroupNormColumns + column;
  const int64_t left = place.length - place.first;
  const int rows = left < kGroupNormPiece ? static_cast<int>(left) : kGroupNormPiece;
  double sum = 0, square = 0;
  if (c < args.channels) {
    const float* const x = args.x + (place.begin + place.first) * args.x_stride + c;
#pragma unroll 4
    for (int r = down; r < rows; r += kGroupNormDown) {
      const double v = x[r * args.x_stride];
      sum += v;
      square += v * v;
    }
  }
  parts[0][down][column] = sum;
  parts[1][down][column] = square;
  for (int half = kGroupNormDown / 2; half > 0; half /= 2) {
    __syncthreads();
    if (down < half) {
      parts[0][down][column] += parts[0][down + half][column];
      parts[1][down][column] += parts[1][down + half][column];
    }
  }
  // Its own thread wrote row 0 last.
  if (down == 0 && c < args.channels) {
    double* const sums =
        args.sums + (group_norm_slot(place) + place.first / kGroupNormPiece) * 2 * args.channels;
    sums[c] = parts[0][0][column];
    sums[args.channels + c] = parts[1][0][column];
  }
}

__global__ void __launch_bounds__(kGroupNormColumns* kGroupNormDown)
    group_norm_rows_kernel(GroupNormKernelArgs args) {
  SERENE_SHARED(affine, float[2][kGroupNormColumns]);
  const gpu::RaggedPlace place = gpu::ragged_place(args.clips, kGroupNormPiece);
  if (place.first >= place.length) return;
  const int column = static_cast<int>(threadIdx.x), down = static_cast<int>(threadIdx.y);
  const int c = static_cast<int>(blockIdx.y) * kGroupNormColumns + column;
  if (down == 0 && c < args.channels) {
    const double* const sums = args.sums + group_norm_slot(place) * 2 * args.channels + c;
    const int64_t pieces = (place.length + kGroupNormPiece - 1) / kGroupNormPiece;
    double sum = 0, square = 0;
#pragma unroll 8
    for (int64_t p = 0; p < pieces; ++p) {
      sum += sums[p * 2 * args.channels];
      square += sums[(p * 2 + 1) * args.channels];
    }
    const double count = static_cast<double>(place.length), mean = sum / count;
    const double variance = fmax(square / count - mean * mean, 0.0);
    const double factor = args.weight[c] / sqrt(variance + static_cast<double>(args.eps));
    affine[0][column] = static_cast<float>(factor);
    affine[1][column] = static_cast<float>(args.bias[c] - mean * factor);
  }
  __syncthreads();
  if (c >= args.channels) return;
  const float scale = affine[0][column], shift = affine[1][column];
  const int64_t left = place.length - place.first, row = place.begin + place.first;
  const int rows = left < kGroupNormPiece ? static_cast<int>(left) : kGroupNormPiece;
  const float* const x = args.x + row * args.x_stride + c;
  float* const y = args.y + row * args.y_stride + c;
#pragma unroll 4
  for (int r = down; r < rows; r += kGroupNormDown) {
    const float v = fmaf(x[r * args.x_stride], scale, shift);
    y[r * args.y_stride] = args.gelu ? gpu::gelu(v) : v;
  }
}

}  // namespace serene
