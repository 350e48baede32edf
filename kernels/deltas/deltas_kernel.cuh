// Differences over time on a GPU. Grid: x over clips, pieces of kFrames frames and pieces of kMels mels, mels
// innermost; a block has one tile of frames and mels.
//
// Moves 4 B T F floats for 14 B T F FLOP, 0.64 MB a clip of 498 frames of 80 mels: 0.15 us of an H200's 4.3
// TB/s. Bound by the launch for a clip alone, by memory in batches. Both differences are taken in shared
// memory (4.9 KB): from global memory a value would be read nine times over. The four frames on either side
// are read again by the neighbours, a quarter more, from the second-level cache.
//
// A row of the tile is written as one run of 3 kMels floats where mels lie 3 apart: threads that each wrote
// three channels of a mel would touch every sector three times.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct DeltasKernelArgs {
  static constexpr int kFrames = 32, kMels = 16;
  const float* x;                    // (B, T, F)
  float* y;                          // (B, T, F, 3)
  int64_t x_stride[2], y_stride[3];  // of clips, of frames, of mels
  int64_t frames;                    // T
  int64_t frame_pieces, mel_pieces;  // of a clip
  int mels;                          // F
};

// s[-2], s[-1], s[1], s[2] around a frame; 10 = 2 (1^2 + 2^2).
SERENE_DEVICE float deltas_difference(float before2, float before1, float after1, float after2) {
  return ((after1 - before1) + 2.0f * (after2 - before2)) / 10.0f;
}

__global__ void deltas_kernel(DeltasKernelArgs args) {
  constexpr int kFrames = DeltasKernelArgs::kFrames, kMels = DeltasKernelArgs::kMels;
  SERENE_SHARED(x, float[kFrames + 8][kMels]);      // row r: frame first - 4 + r
  SERENE_SHARED(delta, float[kFrames + 4][kMels]);  // row r: frame first - 2 + r
  const int64_t mel_piece = blockIdx.x % args.mel_pieces, rest = blockIdx.x / args.mel_pieces;
  const int64_t b = rest / args.frame_pieces, first = rest % args.frame_pieces * kFrames;
  const int mel = static_cast<int>(mel_piece) * kMels;
  const int mels = min(kMels, args.mels - mel);  // of this tile
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  const auto inside = [&](int64_t t) { return t < 0 ? 0 : (t < args.frames ? t : args.frames - 1); };

  const float* from = args.x + b * args.x_stride[0] + mel;
  for (int i = thread; i < (kFrames + 8) * kMels; i += threads) {
    const int r = i / kMels, m = i % kMels;
    if (m < mels) x[r][m] = from[inside(first - 4 + r) * args.x_stride[1] + m];
  }
  __syncthreads();
  for (int i = thread; i < (kFrames + 4) * kMels; i += threads) {
    const int r = i / kMels, m = i % kMels;
    if (m >= mels) continue;
    // A row beyond an edge is the edge frame's difference, not one taken there.
    const int64_t t = inside(first - 2 + r);
    const auto at = [&](int64_t frame) { return x[inside(frame) - (first - 4)][m]; };
    delta[r][m] = deltas_difference(at(t - 2), at(t - 1), at(t + 1), at(t + 2));
  }
  __syncthreads();
  float* to = args.y + b * args.y_stride[0] + first * args.y_stride[1] + mel * args.y_stride[2];
  for (int i = thread; i < kFrames * 3 * kMels; i += threads) {
    const int r = i / (3 * kMels), m = i % (3 * kMels) / 3, channel = i % 3;
    if (m >= mels || first + r >= args.frames) continue;
    float value = x[r + 4][m];
    if (channel == 1) value = delta[r + 2][m];
    if (channel == 2)
      value = deltas_difference(delta[r][m], delta[r + 1][m], delta[r + 3][m], delta[r + 4][m]);
    to[r * args.y_stride[1] + m * args.y_stride[2] + channel] = value;
  }
}

}  // namespace serene
