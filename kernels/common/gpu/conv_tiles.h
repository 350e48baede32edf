// Convolutions as implicit matrix products: a block has 128 positions of one clip's output map and 64 of its
// channels.
//
// K runs over taps, and in each over the input channels, 16 at a time: 128 positions' channels and the 16 x
// 64 weights come to shared memory by cp.async, the next ones while these are multiplied. Positions share
// their input over taps through L2. A tile of 128 x 64 moves 12 KB for 262 kFLOP a step: 21 FLOP a byte from
// L2.
#pragma once

#include "kernels/common/gpu/weight_tiles.h"

namespace serene::gpu {

inline constexpr int kConvRows = 128;
inline constexpr int kConvLda = kTileK + 4;

// Input of a convolution; strides in elements, channels next to each other.
struct ConvSource {
  const float* x;
  int64_t stride_b, stride_t, stride_f;
  Weights weights;
  int channels;
  int kernel_t, kernel_f, dilation_t;
  int step_t, step_f;  // positions of x between those of y
  bool aligned;        // x and its strides allow 16 bytes at a time
  // Where the convolution is padded: x's frames, and how many zeros are before and after them.
  int64_t frames;
  int padding_t;
};

// Output map of a convolution; strides in elements, channels next to each other.
struct ConvOutput {
  float* y;
  int64_t stride_b, stride_t, stride_f;
  int64_t rows, width;  // To Fo, Fo
};

// Where the channels of a tile's positions go, -1 after the last: worked out once a tile, as a division of
// 64 bits takes longer than the products of an element.
struct OutputPlaces {
  int64_t at[kConvRows];
};

// Of positions [row, row + 128) of a clip. No barrier after it.
SERENE_DEVICE void find_places(OutputPlaces& places, const ConvOutput& output, int64_t clip, int64_t row) {
  for (int i = static_cast<int>(threadIdx.x); i < kConvRows; i += kTileThreads) {
    const int64_t r = row + i, t = r / output.width, f = r - t * output.width;
    places.at[i] = r < output.rows ? clip * output.stride_b + t * output.stride_t + f * output.stride_f : -1;
  }
}

struct ConvTiles {
  float a[2][kConvRows * kConvLda];
  WeightTile b[2];
};

// product += the convolution at positions [row, row + 128) of `rows` in a map `width` wide, channels
// [column, column + 64). Ends with a barrier. kPadded: x is zero before its first frame and after its last.
template <Precision kPrecision, bool kPadded = false>
SERENE_DEVICE void add_convolution(TileProduct<kPrecision, kConvRows>& product, ConvTiles& tiles,
                                   const ConvSource& source, int64_t clip, int64_t row, int64_t rows,
                                   int64_t width, int column) {
  constexpr int kCopies = kConvRows * 4 / kTileThreads;  // quads of channels a thread copies
  const int quad = static_cast<int>(threadIdx.x) % 4, first = static_cast<int>(threadIdx.x) / 4;
  const float* from[kCopies];
  bool inside[kCopies];
  int64_t frame[kCopies];  // of the first tap, if padded
  SERENE_UNROLL
  for (int i = 0; i < kCopies; ++i) {
    const int64_t r = row + first + kTileThreads / 4 * i;
    inside[i] = r < rows;
    const int64_t t = inside[i] ? r / width : 0, f = inside[i] ? r - t * width : 0;
    from[i] = source.x + clip * source.stride_b + t * source.step_t * source.stride_t +
              f * source.step_f * source.stride_f;
    if constexpr (kPadded) {
      frame[i] = t * source.step_t - source.padding_t;
      from[i] -= source.padding_t * source.stride_t;
    }
  }
  const int chunks = (source.channels + kTileK - 1) / kTileK;
  const int steps = source.kernel_t * source.kernel_f * chunks;
  const auto stage = [&](int step, int turn) {
    const int tap = step / chunks, c = step % chunks * kTileK, left = source.channels - c;
    const int64_t offset = static_cast<int64_t>(tap / source.kernel_f) * source.dilation_t * source.stride_t +
                           tap % source.kernel_f * source.stride_f + c + 4 * quad;
    const int there = left - 4 * quad < 0 ? 0 : left - 4 * quad > 4 ? 4 : left - 4 * quad;
    SERENE_UNROLL
    for (int i = 0; i < kCopies; ++i) {
      float* to = tiles.a[turn] + (first + kTileThreads / 4 * i) * kConvLda + 4 * quad;
      bool reaches = inside[i];
      if constexpr (kPadded) {
        const int64_t at_frame = frame[i] + static_cast<int64_t>(tap / source.kernel_f) * source.dilation_t;
        reaches = reaches && at_frame >= 0 && at_frame < source.frames;
      }
      const int count = reaches ? there : 0;
      const float* at = count > 0 ? from[i] + offset : source.x;
      if (source.aligned) {
        cp_async<16>(to, at, 4 * count);
      } else {
        SERENE_UNROLL
        for (int j = 0; j < 4; ++j) cp_async<4>(to + j, j < count ? at + j : source.x, j < count ? 4 : 0);
      }
    }
    const int k = tap * source.channels + c;
    stage_weights(tiles.b[turn], source.weights, column, k, k + (left < kTileK ? left : kTileK));
    cp_async_commit();
  };

  stage(0, 0);
  for (int step = 0; step < steps; ++step) {
    if (step + 1 < steps) {
      stage(step + 1, (step + 1) % 2);
    } else {
      cp_async_commit();
    }
    cp_async_wait<1>();
    __syncthreads();
    const int left = source.channels - step % chunks * kTileK;
    constexpr int kStep = TileProduct<kPrecision, kConvRows>::kStep;
    product.add(tiles.a[step % 2], kConvLda, tiles.b[step % 2].values,
                left < kTileK ? (left + kStep - 1) / kStep * kStep : kTileK);
    __syncthreads();
  }
}

}  // namespace serene::gpu
