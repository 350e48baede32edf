// Convolutions in fp32 of few input or few output channels on a GPU, on the CUDA cores. Grid: x over tiles of
// 128 positions of a clip's map, y over tiles of 64 channels, z over clips; 256 threads.
//
// A matrix product would pad 3 inputs to 16 or 2 outputs to 64. These two are bound by memory: the wider map
// is read or written once, 16 bytes a lane, whole lines a warp. 2 KB of shared memory, where a tile's
// positions are; the weights stay in the first-level cache.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/conv2d/conv2d_kernel.cuh"

namespace serene {

inline constexpr int kMostFewInputs = 16;  // taps x channels
inline constexpr int kMostFewOutputs = 4;

// Where a tile's positions begin in the input, 0 beyond the last. No barrier after it.
SERENE_DEVICE void find_patches(gpu::OutputPlaces& patches, const Conv2dKernelArgs& all, int64_t clip,
                                int64_t first) {
  const gpu::ConvSource& source = all.source;
  for (int i = static_cast<int>(threadIdx.x); i < gpu::kConvRows; i += gpu::kTileThreads) {
    const int64_t r = first + i, t = r / all.output.width, f = r - t * all.output.width;
    patches.at[i] = r < all.output.rows ? clip * source.stride_b + t * source.step_t * source.stride_t +
                                              f * source.step_f * source.stride_f
                                        : 0;
  }
}

// visit(offset from a patch's begin, row of the weights) for each tap.
template <class Visit>
SERENE_DEVICE void each_tap(const gpu::ConvSource& source, Visit visit) {
  int k = 0;
  for (int i = 0; i < source.kernel_t; ++i) {
    for (int j = 0; j < source.kernel_f; ++j, k += source.channels)
      visit(static_cast<int64_t>(i) * source.dilation_t * source.stride_t + j * source.stride_f, k);
  }
}

SERENE_DEVICE void add_product(float4& sum, float x, const float4& w) {
  sum.x = __fmaf_rn(x, w.x, sum.x);
  sum.y = __fmaf_rn(x, w.y, sum.y);
  sum.z = __fmaf_rn(x, w.z, sum.z);
  sum.w = __fmaf_rn(x, w.w, sum.w);
}

// For all.in_fours: a thread has four channels of eight positions, added up in the order of K.
__global__ void __launch_bounds__(gpu::kTileThreads) conv2d_few_inputs_kernel(Conv2dKernelArgs all) {
  SERENE_SHARED(places, gpu::OutputPlaces);
  SERENE_SHARED(patches, gpu::OutputPlaces);
  const gpu::ConvSource& source = all.source;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kConvRows, clip = blockIdx.z;
  gpu::find_places(places, all.output, clip, first);
  find_patches(patches, all, clip, first);
  __syncthreads();
  constexpr int kPositions = 8, kApart = gpu::kConvRows / kPositions;
  const int row = static_cast<int>(threadIdx.x) / 16;
  const int channel =
      static_cast<int>(blockIdx.y) * gpu::kTileColumns + static_cast<int>(threadIdx.x) % 16 * 4;
  if (channel >= source.weights.n) return;
  const float* const weights =
      source.weights.data + static_cast<int64_t>(channel / 16) * source.weights.k * 16 + channel % 16;
  float4 sums[kPositions];
  SERENE_UNROLL
  for (int i = 0; i < kPositions; ++i) sums[i] = make_float4(0, 0, 0, 0);
  each_tap(source, [&](int64_t offset, int k) {
    for (int c = 0; c < source.channels; ++c) {
      const float4 w = *reinterpret_cast<const float4*>(weights + (k + c) * 16);
      SERENE_UNROLL
      for (int i = 0; i < kPositions; ++i) {
        const int at = row + kApart * i;
        const float x = places.at[at] < 0 ? 0.0f : source.x[patches.at[at] + offset + c];
        add_product(sums[i], x, w);
      }
    }
  });
  SERENE_UNROLL
  for (int i = 0; i < kPositions; ++i) {
    const int64_t at = places.at[row + kApart * i];
    if (at >= 0) store_four(all, at, channel, sums[i]);
  }
}

// For up to four outputs and aligned inputs in fours: eight lanes have a position, each every eighth four of
// its channels; their sums meet in one order.
__global__ void __launch_bounds__(gpu::kTileThreads) conv2d_few_outputs_kernel(Conv2dKernelArgs all) {
  SERENE_SHARED(places, gpu::OutputPlaces);
  SERENE_SHARED(patches, gpu::OutputPlaces);
  const gpu::ConvSource& source = all.source;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kConvRows, clip = blockIdx.z;
  gpu::find_places(places, all.output, clip, first);
  find_patches(patches, all, clip, first);
  __syncthreads();
  constexpr int kLanes = 8, kPositions = 4, kApart = gpu::kConvRows / kPositions;
  const int row = static_cast<int>(threadIdx.x) / kLanes, lane = static_cast<int>(threadIdx.x) % kLanes;
  float4 sums[kPositions];
  SERENE_UNROLL
  for (int i = 0; i < kPositions; ++i) sums[i] = make_float4(0, 0, 0, 0);
  each_tap(source, [&](int64_t offset, int k) {
    for (int c = 4 * lane; c < source.channels; c += 4 * kLanes) {
      float4 w[4];
      SERENE_UNROLL
      for (int j = 0; j < 4; ++j)
        w[j] = *reinterpret_cast<const float4*>(source.weights.data + (k + c + j) * 16);
      SERENE_UNROLL
      for (int i = 0; i < kPositions; ++i) {
        const int at = row + kApart * i;
        if (places.at[at] < 0) continue;
        const float4 x = *reinterpret_cast<const float4*>(source.x + patches.at[at] + offset + c);
        add_product(sums[i], x.x, w[0]);
        add_product(sums[i], x.y, w[1]);
        add_product(sums[i], x.z, w[2]);
        add_product(sums[i], x.w, w[3]);
      }
    }
  });
  SERENE_UNROLL
  for (int i = 0; i < kPositions; ++i) {
    float outputs[kMostFewOutputs] = {sums[i].x, sums[i].y, sums[i].z, sums[i].w};
    const int64_t at = places.at[row + kApart * i];
    SERENE_UNROLL
    for (int o = 0; o < kMostFewOutputs; ++o) {
      for (int apart = kLanes / 2; apart > 0; apart /= 2)
        outputs[o] += __shfl_xor_sync(0xFFFFFFFFu, outputs[o], apart);
      if (at < 0 || lane != o || o >= source.weights.n) continue;
      const float sum = all.bias != nullptr ? outputs[o] + all.bias[o] : outputs[o];
      all.output.y[at + o] = all.relu && !(sum > 0) ? 0 : sum;
    }
  }
}

}  // namespace serene
