// Convolution in bf16 on a GPU, for channels in fours at 16 bytes and weights with pairs. Grid: x over tiles
// of 128 positions of a clip's map, y over tiles of 64 channels, z over clips; 256 threads
// (kernels/common/gpu/tensor_product.h).
//
// 32 input channels are a step. Of a tap in time and these channels the taps of frequency follow one another,
// so that what they read again is still in the first-level cache: from L2 come 16 KB of map for three steps,
// and 4 KB of weights for each, for 524 kFLOP a step. Bound by shared memory, of which the map's way to it is
// half: 1,100 FLOP a cycle. 35 KB of shared memory; 32 sums a thread.
#pragma once

#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/tensor_product.h"
#include "kernels/conv2d/conv2d_kernel.cuh"

namespace serene {

// Over a position's patch: channels within a tap of time, and the taps of frequency within these.
class ConvSteps {
 public:
  SERENE_DEVICE explicit ConvSteps(const gpu::ConvSource& source)
      : channels_(source.channels),
        taps_f_(source.kernel_f),
        left_(source.channels),
        stride_f_(source.stride_f),
        next_time_(source.dilation_t * source.stride_t) {}
  SERENE_DEVICE int64_t offset() const { return offset_; }
  SERENE_DEVICE int k() const { return k_; }
  SERENE_DEVICE int left() const { return left_; }
  SERENE_DEVICE void next() {
    offset_ += stride_f_;
    k_ += channels_;
    if (++tap_f_ < taps_f_) return;
    tap_f_ = 0;
    offset_ += gpu::kTensorStep - taps_f_ * stride_f_;
    k_ += gpu::kTensorStep - taps_f_ * channels_;
    left_ -= gpu::kTensorStep;
    if (left_ > 0) return;
    // From the last channels to the first of the next tap in time.
    const int past = channels_ - left_;
    offset_ += next_time_ - past;
    k_ += taps_f_ * channels_ - past;
    left_ = channels_;
  }
  SERENE_HOST_DEVICE static constexpr int count(int taps, int channels) {
    return taps * ((channels + gpu::kTensorStep - 1) / gpu::kTensorStep);
  }

 private:
  int channels_, taps_f_, tap_f_ = 0, k_ = 0, left_;
  int64_t stride_f_, next_time_, offset_ = 0;
};

inline constexpr int kConvTensorRows = gpu::kConvRows, kConvTensorColumns = 64;

// Bias, ReLU and where it goes: channels [column, column + 64).
SERENE_DEVICE void store_convolution(const gpu::TensorProduct<kConvTensorRows, kConvTensorColumns>& product,
                                     const Conv2dKernelArgs& all, const gpu::OutputPlaces& places,
                                     int column) {
  product.each_four([](int, int) { return make_float4(0, 0, 0, 0); },
                    [&](int row, int c, float4 sum, float4) {
                      if (places.at[row] >= 0) store_four(all, places.at[row], column + c, sum);
                    });
}

__global__ void __launch_bounds__(gpu::kTileThreads, 2) conv2d_tensor_kernel(Conv2dKernelArgs all) {
  using Tiles = gpu::TensorTiles<kConvTensorRows, kConvTensorColumns>;
  SERENE_SHARED(tiles, Tiles);
  SERENE_SHARED(places, gpu::OutputPlaces);
  const gpu::ConvSource& source = all.source;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kConvTensorRows, clip = blockIdx.z;
  const int column = static_cast<int>(blockIdx.y) * kConvTensorColumns;
  gpu::find_places(places, all.output, clip, first);
  const float* const x = source.x + clip * source.stride_b;
  gpu::TensorProduct<kConvTensorRows, kConvTensorColumns> product;
  product.multiply(
      tiles, source.weights, column,
      [&](int row) {
        const int64_t r = first + row, t = r / all.output.width, f = r - t * all.output.width;
        return r < all.output.rows
                   ? x + t * source.step_t * source.stride_t + f * source.step_f * source.stride_f
                   : nullptr;
      },
      ConvSteps(source), ConvSteps::count(source.kernel_t * source.kernel_f, source.channels));
  store_convolution(product, all, places, column);
}

}  // namespace serene
