// Clips cut into segments on a GPU. Grid: x over segments of all clips and pieces of kPiece samples; a block
// has a piece of a segment.
//
// Moves 4 N + 4 S L bytes, 0.26 MB a segment of 32,000 samples: below a tenth of a microsecond of an H200's
// 4.3 TB/s, so a few segments are bound by the launch. Neighbouring threads have neighbouring samples. Every
// thread looks its clip up for itself, some ten loads from the first-level cache; shared memory and a barrier
// would take longer.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/ragged.h"

namespace serene {

struct CutSegmentsKernelArgs {
  static constexpr int kPiece = 2048, kThreads = 256;
  const float* x;           // (N)
  const int64_t* clips;     // (clips + 1)
  const int64_t* segments;  // (clips + 1)
  float* y;                 // (S, L), dense
  int64_t count;            // of clips
  int64_t length;           // L
  int64_t pieces;           // of a segment
};

__global__ void __launch_bounds__(CutSegmentsKernelArgs::kThreads)
    cut_segments_kernel(CutSegmentsKernelArgs args) {
  const int64_t row = blockIdx.x / args.pieces, first = blockIdx.x % args.pieces * args.kPiece;
  const int64_t clip = gpu::ragged_clip(args.segments, args.count, row);
  const int64_t from = (row - args.segments[clip]) * args.length;
  const int64_t begin = args.clips[clip] + from, left = args.clips[clip + 1] - begin;
  const int64_t end = first + args.kPiece < args.length ? first + args.kPiece : args.length;
  for (int64_t i = first + threadIdx.x; i < end; i += args.kThreads)
    args.y[row * args.length + i] = i < left ? args.x[begin + i] : 0.0f;
}

}  // namespace serene
