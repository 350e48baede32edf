#include <algorithm>
#include <cmath>

#include "kernels/channel_attention_pool/channel_attention_pool.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene {

// A task is a clip and a block of channels of y, from both products to the sum: one clip alone still makes
// four tasks at E = 256, a block's two slices of weights (128 KiB each at C = 512) stay in the second-level
// cache, and no task waits for another.
void channel_attention_pool_cpu(const ChannelAttentionPoolArgs& args, const Stream& stream) {
  constexpr int64_t kChannels = 64;  // whole blocks of a PackedMatrix, one stripe of the widest tile
  static_assert(kChannels % kPanel == 0);
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t frames = args.x.size(1), inputs = args.x.size(2), e = args.y.size(1);
  const int64_t blocks = (e + kChannels - 1) / kChannels;
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());  // (B, 2, T, E)
  const int64_t whole[1] = {0};

  stream.pool->parallel_for(args.x.size(0) * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kChannels;
    const int64_t count = std::min(kChannels, e - first);
    float* logits = scratch + b * 2 * frames * e + first;  // (T, count) by E
    float* values = logits + frames * e;                   // (T, count) by E
    cpu::Gemm gemm;
    gemm.a = args.x[b].data;
    gemm.lda = args.x.stride[1];
    gemm.taps = whole;
    gemm.tap_k = inputs;
    gemm.ldc = e;
    gemm.m = frames;
    gemm.n = count;
    gemm.b = args.att->data() + first * inputs;
    gemm.bias = args.att_bias.data + first;
    gemm.c = logits;
    kernels.gemm(gemm);
    gemm.b = args.cla->data() + first * inputs;
    gemm.bias = args.cla_bias.data + first;
    gemm.c = values;
    kernels.gemm(gemm);

    // Clamped logits need no maximum taken off: e^10 and its sums are far from any limit.
    double weight_sum[kChannels] = {}, value_sum[kChannels] = {};
    for (int64_t t = 0; t < frames; ++t) {
      float* weight = logits + t * e;
      const float* value = values + t * e;
      for (int64_t i = 0; i < count; ++i) {
        weight[i] = std::exp(std::clamp(weight[i], -10.0f, 10.0f));
        weight_sum[i] += weight[i];
        value_sum[i] += static_cast<double>(weight[i]) * value[i];
      }
    }
    float* y = args.y[b].data + first;
    for (int64_t i = 0; i < count; ++i) y[i] = static_cast<float>(value_sum[i] / weight_sum[i]);
    if (args.attention.data == nullptr) return;
    for (int64_t t = 0; t < frames; ++t) {
      const float* weight = logits + t * e;
      float* attention = args.attention[b][t].data + first;
      for (int64_t i = 0; i < count; ++i) attention[i] = static_cast<float>(weight[i] / weight_sum[i]);
    }
  });
}

}  // namespace serene
