#include <algorithm>
#include <cmath>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/short_conformer/short_conformer.h"
#include "kernels/short_conformer/short_conformer_kernel.cuh"
#include "kernels/short_conformer/short_warps_kernel.cuh"

namespace serene {
namespace {

ShortFeedForwardArgs feed_forward_of(const FeedForwardArgs& ff) {
  return {ff.norm_weight.data,     ff.norm_bias.data,       ff.eps,     ff.scale,
          gpu::weights_of(*ff.w1), gpu::weights_of(*ff.w2), ff.b1.data, ff.b2.data};
}

ShortAttentionArgs attention_of(const RelativeAttentionArgs& attention) {
  ShortAttentionArgs all{};
  all.norm_weight = attention.norm_weight.data;
  all.norm_bias = attention.norm_bias.data;
  all.eps = attention.eps;
  all.qkv = gpu::weights_of(*attention.qkv);
  all.out = gpu::weights_of(*attention.out);
  all.out_bias = attention.out_bias.data;
  all.distances = attention.distances->data();
  all.stride = attention.distances->stride();
  all.clip = static_cast<int>(attention.distances->clip());
  all.heads = static_cast<int>(attention.heads);
  all.d = static_cast<int>(attention.distances->d());
  all.shares = (65535 + all.d) / all.d;
  all.scale = static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(all.d)));
  return all;
}

ShortConvolutionArgs convolution_of(const ConvModuleArgs& conv) {
  ShortConvolutionArgs all{};
  all.norm_weight = conv.norm_weight.data;
  all.norm_bias = conv.norm_bias.data;
  all.eps = conv.eps;
  all.w1 = gpu::weights_of(*conv.w1);
  all.w2 = gpu::weights_of(*conv.w2);
  all.b1 = conv.b1.data;
  all.b2 = conv.b2.data;
  all.taps = conv.taps.data;
  all.taps_bias = conv.taps_bias.data;
  all.count = static_cast<int>(conv.taps.size(0));
  return all;
}

ShortMap map_of(const View<const float, 4>& map) {
  return {map.data, map.stride[0], map.stride[1], map.stride[2], gpu::begin_in_fours(map)};
}

// What short_conformer_warps_kernel<true> takes for granted.
bool is_whole(const ShortConformerArgs& args, const ShortConformerKernelArgs& all) {
  const auto aligned = [](std::initializer_list<const float*> vectors) {
    return std::all_of(vectors.begin(), vectors.end(),
                       [](const float* v) { return reinterpret_cast<uintptr_t>(v) % 16 == 0; });
  };
  const auto feed_forward = [&](const ShortFeedForwardArgs& ff) {
    return ff.w1.n % kChunk == 0 && aligned({ff.norm_weight, ff.norm_bias, ff.b1, ff.b2});
  };
  const ShortAttentionArgs& attention = all.attention;
  const ShortConvolutionArgs& conv = all.convolution;
  return all.channels == kChunk && all.x.aligned && gpu::begin_in_fours(args.y) &&
         (all.residual.data == nullptr || all.residual.aligned) && feed_forward(all.ff1) &&
         feed_forward(all.ff2) && attention.d == kShortHead &&
         aligned({attention.norm_weight, attention.norm_bias, attention.out_bias}) &&
         conv.w2.k % kChunk == 0 && conv.count == kShortTaps &&
         aligned({conv.norm_weight, conv.norm_bias, conv.b1, conv.b2}) &&
         aligned({all.norm_weight, all.norm_bias});
}

void short_conformer_launch(const ShortConformerArgs& args, const Stream& stream) {
  const int64_t sequences = args.x.size(0) * args.x.size(1);
  if (sequences == 0 || args.x.size(3) == 0) return;
  ShortConformerKernelArgs all{};
  all.x = map_of(args.x);
  all.residual = map_of(args.residual);
  all.y = args.y.data;
  all.y_stride_s0 = args.y.stride[0];
  all.y_stride_s1 = args.y.stride[1];
  all.y_stride_n = args.y.stride[2];
  all.s1 = static_cast<unsigned>(args.x.size(1));
  all.n = static_cast<int>(args.x.size(2));
  all.channels = static_cast<int>(args.x.size(3));
  all.ff1 = feed_forward_of(args.ff1);
  all.ff2 = feed_forward_of(args.ff2);
  all.attention = attention_of(args.attention);
  all.convolution = convolution_of(args.convolution);
  all.norm_weight = args.norm.weight.data;
  all.norm_bias = args.norm.bias.data;
  all.norm_eps = args.norm.eps;
  const auto blocks = static_cast<unsigned>(sequences);
  gpu::launch_precisely(args.precision, [&](auto precision) {
    if constexpr (precision() == Precision::bf16) {
      static_assert(ShortWords::all(kShortRows / 16) * sizeof(uint32_t) ==
                    short_conformer_shared(precision()));
      const int warps = (all.n + 15) / 16;
      uint32_t* const words = reinterpret_cast<uint32_t*>(args.workspace.data());
      gpu::launch(short_weights_kernel,
                  dim3(static_cast<unsigned>(count_chunks(all) + 1), (kChunkWords + 255) / 256), 256, 0,
                  stream, all, words);
      gpu::launch(
          is_whole(args, all) ? short_conformer_warps_kernel<true> : short_conformer_warps_kernel<false>,
          blocks, static_cast<unsigned>(warps * 32),
          static_cast<size_t>(ShortWords::all(warps)) * sizeof(uint32_t), stream, all, words);
    } else {
      using Block = ShortBlock<precision()>;
      static_assert(Block::bytes() + sizeof(gpu::WeightTile[2]) == short_conformer_shared(precision()));
      gpu::launch(short_conformer_kernel<precision()>, blocks, gpu::kTileThreads, Block::bytes(), stream,
                  all);
    }
  });
}

const bool registered = add_back_end(gpu::kDevice, &short_conformer_launch);

}  // namespace
}  // namespace serene
