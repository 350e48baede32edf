// What launchers of matrix-shaped ops make of an op's arguments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "kernels/common/error.h"
#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/line_grid.h"
#include "kernels/common/gpu/row_grid.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/common/packed_matrix.h"
#include "kernels/common/view.h"

namespace serene::gpu {

inline Weights weights_of(const PackedMatrix& matrix) {
  return {matrix.data(), static_cast<int>(matrix.k()), static_cast<int>(matrix.n())};
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
