// What launchers of matrix-shaped ops make of an op's arguments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "kernels/common/error.h"
#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/line_grid.h"
#include "kernels/common/gpu/row_fragments.h"
#include "kernels/common/gpu/row_grid.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/common/packed_matrix.h"
#include "kernels/common/view.h"

namespace serene::gpu {

inline Weights weights_of(const PackedMatrix& matrix) {
  return {matrix.data(), static_cast<int>(matrix.k()), static_cast<int>(matrix.n()), matrix.pairs()};
}

// An unpadded convolution of x with one tap; the caller sets taps and steps.
inline ConvSource conv_source(const View<const float, 4>& x, const PackedMatrix& weights) {
  ConvSource source{};
  source.x = x.data;
  source.stride_b = x.stride[0];
  source.stride_t = x.stride[1];
  source.stride_f = x.stride[2];
  source.weights = weights_of(weights);
  source.channels = static_cast<int>(x.size(3));
  source.kernel_t = source.kernel_f = source.dilation_t = source.step_t = source.step_f = 1;
  source.aligned = begin_in_fours(x);
  return source;
}

// Rows of a map's last dimension: (R, C) as one sequence, (S0, S1, N, C) as sequences.
inline Rows rows_of(const View<const float, 2>& x) {
  return {x.size(0), 1, x.size(0) > 0 ? x.size(0) : 1, 0, 0, x.stride[0]};
}
inline Rows rows_of(const View<const float, 4>& x) {
  return {x.size(0) * x.size(1) * x.size(2), x.size(1), x.size(2), x.stride[0], x.stride[1], x.stride[2]};
}

inline ConvOutput conv_output_of(const View<float, 4>& y) {
  return {y.data, y.stride[0], y.stride[1], y.stride[2], y.size(1) * y.size(2), y.size(2)};
}

// start(first clip, grid) for as many clips as z has room for, until all of y is done; never for an empty
// one.
template <class Start>
void each_conv_grid(const View<float, 4>& y, Start start) {
  const int64_t rows = y.size(1) * y.size(2), channels = y.size(3);
  if (rows == 0 || channels == 0) return;
  for (int64_t clip = 0; clip < y.size(0); clip += kMostBlocks) {
    start(clip, dim3(static_cast<unsigned>((rows + kConvRows - 1) / kConvRows),
                     static_cast<unsigned>((channels + kTileColumns - 1) / kTileColumns),
                     static_cast<unsigned>(std::min(y.size(0) - clip, kMostBlocks))));
  }
}

// Whether a kernel of row_fragments.h takes rows: in bf16, up to 64 columns, a multiple of four, at places
// that allow 16 bytes at a time, and fewer than 2^31 of them.
inline bool rows_as_fragments(Precision precision, int64_t width, const PackedMatrix& weight) {
  return precision == Precision::bf16 && width % 4 == 0 && width <= 16 * kMostFragmentSteps &&
         weight.pairs() != nullptr;
}
inline bool in_fours(const float* data, const Rows& rows) {
  return reinterpret_cast<uintptr_t>(data) % 16 == 0 && rows.stride_s0 % 4 == 0 && rows.stride_s1 % 4 == 0 &&
         rows.stride_n % 4 == 0 && rows.count <= INT32_MAX;
}

// Tiles of 128 rows that a block goes through with the weights it has brought: up to eight, while four blocks
// are left for each of a large GPU's multiprocessors.
inline int tiles_a_block(int64_t rows) {
  constexpr int64_t kWanted = 4 * 132, kMost = 8;
  const int64_t tiles = (rows + kFragmentRows - 1) / kFragmentRows;
  return static_cast<int>(std::clamp<int64_t>(tiles / kWanted, 1, kMost));
}
inline dim3 fragment_grid(int64_t rows) {
  const int64_t block = int64_t{kFragmentRows} * tiles_a_block(rows);
  return line_grid((rows + block - 1) / block);
}

// launch_steps(C, [&](auto steps) { launch(kernel<steps()>, ...); }): 16 columns a step, 64 at most.
template <class Launch>
void launch_steps(int64_t width, Launch launch) {
  if (width <= 16) return launch([] { return 1; });
  if (width <= 32) return launch([] { return 2; });
  if (width <= 48) return launch([] { return 3; });
  return launch([] { return 4; });
}

// Whether a TensorProduct reads and stores 16 bytes at a time: rows, their bias and residual, which may be
// null.
inline bool in_fours(const View<float, 2>& y, const float* bias, const View<const float, 2>& residual) {
  return in_fours(y.data, y.size(1), {y.stride[0]}) && begin_in_fours(bias, {}) &&
         begin_in_fours(residual.data, {residual.stride[0]});
}

// launch_precisely(args.precision, [&](auto precision) { launch(kernel<precision()>, ...); })
template <class Launch>
void launch_precisely(Precision precision, Launch launch) {
  switch (precision) {
    case Precision::tf32:
      return launch([] { return Precision::tf32; });
    case Precision::bf16:
      return launch([] { return Precision::bf16; });
    default:
      return launch([] { return Precision::fp32; });
  }
}

// The same for tiles of 64 output channels whose sums a block holds at a time: launch_outputs("feed_forward",
// C,
// [&](auto outputs) { launch(kernel<outputs()>, ...); }). Throws Error(unsupported) above 256 channels.
template <class Launch>
void launch_outputs(const char* op, int64_t channels, Launch launch) {
  if (channels <= 64) return launch([] { return 1; });
  if (channels <= 128) return launch([] { return 2; });
  if (channels <= 256) return launch([] { return 4; });
  throw Error(ErrorKind::unsupported, std::string(op) + ": " + std::to_string(channels) +
                                          " channels on a GPU, which takes up to 256");
}

}  // namespace serene::gpu
