#include <cmath>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/short_conformer/short_conformer.h"
#include "kernels/short_conformer/short_conformer_kernel.cuh"

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
  gpu::launch_precisely(args.precision, [&](auto precision) {
    static_assert(ShortBlocks<precision()>::Block::bytes() + sizeof(gpu::WeightTile[2]) ==
                  short_conformer_shared(precision()));
    gpu::launch(short_conformer_kernel<precision()>, static_cast<unsigned>(sequences), gpu::kTileThreads,
                ShortBlocks<precision()>::Block::bytes(), stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &short_conformer_launch);

}  // namespace
}  // namespace serene
