// Convolution in bf16 on a GPU, as conv2d_tensor_kernel, for two or three taps of frequency in steps of one
// and maps of 64 positions and more: a tile's channels come to shared memory once for all taps of frequency,
// which read them a row on. Grid: x over tiles of 128 positions of a clip's map, y over tiles of 64 channels,
// z over clips; 256 threads.
//
// A step is 32 channels of a tap in time: 17 KB of map and 12 KB of weights from L2 for 1.6 MFLOP at three
// taps. On an H200 shared memory is busy for 63% of the time, tensor cores for 31%, with 16 warps a
// multiprocessor, as registers allow. 49 KB of shared memory, in two buffers; 32 sums a thread.
#pragma once

#include "kernels/conv2d/conv2d_tensor_kernel.cuh"

namespace serene {

inline constexpr int64_t kLeastTapsWidth = 64;  // positions: a tile is of three frames at most
inline constexpr int kMostTaps = 3;
inline constexpr int kTapsRows = kConvTensorRows + 8;  // positions, and two more for each frame

struct Conv2dTapsTiles {
  static constexpr int kRightLd = gpu::TensorTiles<kConvTensorRows, kConvTensorColumns>::kRightLd;
  static constexpr int kRight = gpu::kTensorStep / 2 * kRightLd;
  gpu::Bf16 left[2][kTapsRows * gpu::kTensorLeftLd];
  uint32_t right[2][kMostTaps][kRight];
};

__global__ void __launch_bounds__(gpu::kTileThreads, 2) conv2d_taps_kernel(Conv2dKernelArgs all) {
  using Product = gpu::TensorProduct<kConvTensorRows, kConvTensorColumns>;
  constexpr int kQuads = kConvTensorRows / 32 + 1;
  SERENE_DYNAMIC_SHARED(memory);
  SERENE_SHARED(places, gpu::OutputPlaces);
  auto& tiles = *reinterpret_cast<Conv2dTapsTiles*>(memory);
  const gpu::ConvSource& source = all.source;
  const int taps = source.kernel_f, width = static_cast<int>(all.output.width), wide = width + taps - 1;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kConvTensorRows, clip = blockIdx.z;
  const int column = static_cast<int>(blockIdx.y) * kConvTensorColumns;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  gpu::find_places(places, all.output, clip, first);

  // Row r of the tile is bin (first_bin + r) % wide of frame first_frame + (first_bin + r) / wide.
  const int64_t first_frame = first / all.output.width, frames = all.output.rows / all.output.width;
  const auto first_bin = static_cast<int>(first - first_frame * all.output.width);
  const float* const x = source.x + clip * source.stride_b;
  const int quad = thread % 8 * 4, row = thread / 8;
  const float* from[kQuads];
  SERENE_UNROLL
  for (int i = 0; i < kQuads; ++i) {
    const int r = row + 32 * i, frame = (first_bin + r) / wide, bin = first_bin + r - frame * wide;
    const int64_t t = first_frame + frame;
    from[i] = r < kTapsRows && t < frames ? x + t * source.step_t * source.stride_t + bin * source.stride_f
                                          : nullptr;
  }
  // This lane's rows for ldmatrix: a position is two rows more on in each frame after the first.
  int rows_of[Product::kDown];
  SERENE_UNROLL
  for (int i = 0; i < Product::kDown; ++i) {
    const int m = Product::down() + 16 * i + lane % 16;
    rows_of[i] = (m + (first_bin + m) / width * (taps - 1)) * gpu::kTensorLeftLd + lane / 16 * 8;
  }

  const int chunks = (source.channels + gpu::kTensorStep - 1) / gpu::kTensorStep,
            steps = source.kernel_t * chunks;
  // Of the step whose map comes next, and of the one whose weights come next.
  int map_channel = 0, weight_channel = 0, weight_k = 0;
  int64_t map_time = 0;
  float4 values[kQuads];
  const auto fetch = [&] {
    const bool inside = map_channel + quad < source.channels;
    SERENE_UNROLL
    for (int i = 0; i < kQuads; ++i) {
      values[i] = from[i] != nullptr && inside
                      ? *reinterpret_cast<const float4*>(from[i] + map_time + map_channel + quad)
                      : make_float4(0, 0, 0, 0);
    }
    map_channel += gpu::kTensorStep;
    if (map_channel >= source.channels) {
      map_channel = 0;
      map_time += source.dilation_t * source.stride_t;
    }
  };
  const auto put = [&](int turn) {
    SERENE_UNROLL
    for (int i = 0; i < kQuads; ++i) {
      if (row + 32 * i >= kTapsRows) continue;
      *reinterpret_cast<uint2*>(tiles.left[turn] + (row + 32 * i) * gpu::kTensorLeftLd + quad) =
          gpu::pack_bf16(values[i]);
    }
  };
  const auto stage = [&](int turn) {
    for (int tap = 0; tap < taps; ++tap) {
      Product::stage(tiles.right[turn][tap], source.weights, column,
                     weight_k + tap * source.channels + weight_channel, source.channels - weight_channel);
    }
    gpu::cp_async_commit();
    weight_channel += gpu::kTensorStep;
    if (weight_channel >= source.channels) {
      weight_channel = 0;
      weight_k += taps * source.channels;
    }
  };

  Product product;
  product.clear();
  fetch();
  stage(0);
  put(0);
  for (int step = 0; step < steps; ++step) {
    const bool more = step + 1 < steps;
    if (more) fetch();
    gpu::cp_async_wait<0>();
    __syncthreads();
    // The other buffers were read a step ago, before the barrier.
    if (more) stage((step + 1) % 2);
    for (int tap = 0; tap < taps; ++tap) {
      const gpu::Bf16* left[Product::kDown];
      SERENE_UNROLL
      for (int i = 0; i < Product::kDown; ++i)
        left[i] = tiles.left[step % 2] + rows_of[i] + tap * gpu::kTensorLeftLd;
      product.add(left, tiles.right[step % 2][tap]);
    }
    if (more) put((step + 1) % 2);
  }
  store_convolution(product, all, places, column);
}

}  // namespace serene
