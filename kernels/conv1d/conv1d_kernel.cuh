// Convolution over time on a GPU. Grid: x over tiles of 128 frames of each clip, y over tiles of 64 channels;
// 256 threads (kernels/common/gpu/conv_tiles.h).
//
// 2 taps Ci Co FLOP a frame of y for stride Ci + Co floats, if L2 serves the taps: 256 FLOP a byte at 512
// channels, three taps and stride 2. With one input channel, as in the first layer of an encoder, a tap fills
// one of the 16 rows of a tile of K; that layer has 0.2% of a base encoder's FLOP. 30 KB of shared memory a
// block; a thread holds 32 sums.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/gelu.h"
#include "kernels/common/gpu/ragged.h"
#include "kernels/common/gpu/tensor_product.h"

namespace serene {

struct Conv1dKernelArgs {
  gpu::ConvSource source;  // of all clips
  const int64_t* x_begin;  // (clips + 1)
  gpu::RaggedTiles y_clips;
  const float* bias;  // (Co) or null
  bool gelu;
  float* y;
  int64_t y_stride;
};

template <Precision kPrecision>
__global__ void __launch_bounds__(gpu::kTileThreads) conv1d_kernel(Conv1dKernelArgs args) {
  SERENE_SHARED(tiles, gpu::ConvTiles);
  const gpu::RaggedPlace place = gpu::ragged_place(args.y_clips, gpu::kConvRows);
  if (place.first >= place.length) return;
  const int first_channel = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::ConvSource source = args.source;
  const int64_t begin = args.x_begin[place.clip];
  source.x += begin * source.stride_t;
  source.frames = args.x_begin[place.clip + 1] - begin;
  gpu::TileProduct<kPrecision, gpu::kConvRows> product;
  product.clear();
  gpu::add_convolution<kPrecision, true>(product, tiles, source, 0, place.first, place.length, 1,
                                         first_channel);
  float* const y = args.y + (place.begin + place.first) * args.y_stride;
  product.each([&](int row, int column, float sum) {
    const int channel = first_channel + column;
    if (place.first + row >= place.length || channel >= source.weights.n) return;
    if (args.bias != nullptr) sum += args.bias[channel];
    y[row * args.y_stride + channel] = args.gelu ? gpu::gelu(sum) : sum;
  });
}

// In bf16, for channels in fours: as a window of frames is one run of numbers, a product of rows that overlap
// (kernels/common/gpu/tensor_product.h). Grid: x over tiles of kRows frames of each clip, y over tiles of
// kColumns channels; 256 threads.
struct Conv1dTensorArgs {
  const float* x;          // (Ri, Ci), contiguous
  const int64_t* x_begin;  // (clips + 1)
  gpu::RaggedTiles y_clips;
  gpu::Weights weights;
  int channels, stride, padding;
  gpu::TensorOutput output;
};

template <int kRows, int kColumns>
__global__ void __launch_bounds__(gpu::kTileThreads, 2) conv1d_tensor_kernel(Conv1dTensorArgs args) {
  using Tiles = gpu::TensorTiles<kRows, kColumns>;
  SERENE_SHARED(tiles, Tiles);
  const gpu::RaggedPlace place = gpu::ragged_place(args.y_clips, kRows);
  if (place.first >= place.length) return;
  const int column = static_cast<int>(blockIdx.y) * kColumns;
  const int64_t begin = args.x_begin[place.clip], frames = args.x_begin[place.clip + 1] - begin;
  gpu::TensorProduct<kRows, kColumns> product;
  // A window may begin before the clip and end after it.
  const float* const x = args.x + begin * args.channels;
  product.multiply(
      tiles, args.weights, column,
      [&](int row) {
        const int64_t t = place.first + row;
        return t < place.length ? x + (t * args.stride - args.padding) * args.channels : nullptr;
      },
      gpu::TensorSteps(args.weights.k), gpu::TensorSteps::count(args.weights.k),
      gpu::TensorBounds{x, x + frames * args.channels});
  gpu::TensorOutput output = args.output;
  output.y += (place.begin + place.first) * output.y_stride;
  product.store(output, place.length - place.first, column);
}

}  // namespace serene
