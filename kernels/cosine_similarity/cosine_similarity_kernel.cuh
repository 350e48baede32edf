// Cosine similarity on a GPU. Grid: x over clips and pieces of kMels mels; a block has its mels over all
// frames, kRows frames at a time, a thread every kRows-th frame of one mel.
//
// Reads 2 B T F floats for 6 B T F FLOP in double, 0.32 MB a clip of 498 frames of 80 mels: 0.07 us of an
// H200's 4.3 TB/s. Five blocks a clip of 80 mels, so below some 25 clips the time is what 16 rounds of loads
// take, a few us, and memory bounds what is beyond. 16 mels a block rather than a warp's 32: none is left
// over of 80, and 64 bytes are whole sectors still. Shared memory: three partial sums a thread, 12 KB.
//
// A thread adds up its frames in the order of time, then rows are added by halves: the order depends on T
// alone.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct CosineSimilarityKernelArgs {
  static constexpr int kMels = 16, kRows = 32;  // kMels * kRows threads
  const float *x, *e;                           // (B, T, F)
  float* d;                                     // (B, F), rows d_stride apart
  int64_t x_stride[2], e_stride[2], d_stride;   // of clips, of frames
  int64_t frames;                               // T
  int mels;                                     // F
  int pieces;                                   // of a clip
};

__global__ void cosine_similarity_kernel(CosineSimilarityKernelArgs args) {
  constexpr int kMels = CosineSimilarityKernelArgs::kMels, kRows = CosineSimilarityKernelArgs::kRows;
  constexpr double kFloor = 1e-8;
  SERENE_SHARED(sums, double[3][kRows][kMels]);  // x e, x x, e e
  const int64_t b = blockIdx.x / args.pieces;
  const int m = static_cast<int>(threadIdx.x) % kMels, row = static_cast<int>(threadIdx.x) / kMels;
  const int f = static_cast<int>(blockIdx.x % args.pieces) * kMels + m;

  double xe = 0, xx = 0, ee = 0;
  if (f < args.mels) {
    const float* x = args.x + b * args.x_stride[0] + f;
    const float* e = args.e + b * args.e_stride[0] + f;
#pragma unroll 4
    for (int64_t t = row; t < args.frames; t += kRows) {
      const double xt = x[t * args.x_stride[1]], et = e[t * args.e_stride[1]];
      xe += xt * et;
      xx += xt * xt;
      ee += et * et;
    }
  }
  sums[0][row][m] = xe;
  sums[1][row][m] = xx;
  sums[2][row][m] = ee;
  __syncthreads();
  for (int half = kRows / 2; half > 0; half /= 2) {
    if (row < half) {
      for (auto& sum : sums) sum[row][m] += sum[row + half][m];
    }
    __syncthreads();
  }
  if (row == 0 && f < args.mels) {
    const double x_norm = sqrt(sums[1][0][m]), e_norm = sqrt(sums[2][0][m]);
    // Not fmax: it would make a NaN the floor.
    const double norms = (x_norm < kFloor ? kFloor : x_norm) * (e_norm < kFloor ? kFloor : e_norm);
    args.d[b * args.d_stride + f] = static_cast<float>(sums[0][0][m] / norms);
  }
}

}  // namespace serene
