#include "runtime/networks/trnet/cnn6.h"

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/channel_attention_pool/channel_attention_pool.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/deltas/deltas.h"
#include "kernels/frequency_mean/frequency_mean.h"
#include "kernels/max_pool/max_pool.h"

namespace serene::runtime {
namespace {

// (B, T, C) as the reference's (B, C, T).
View<const float, 4> transposed(const View<float, 3>& x) {
  return {x.data, {1, x.shape[0], x.shape[2], x.shape[1]}, {0, x.stride[0], x.stride[2], x.stride[1]}};
}

}  // namespace

Cnn6::Cnn6(const WeightReader& ser) {
  const WeightReader backbone = ser.at("backbone");
  FoldedBatchNorm mel(backbone.at("bn0"));
  mel_scale_ = ser.keep(mel.scale);
  mel_shift_ = ser.keep(mel.shift);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const WeightReader block = backbone.at("conv_block" + std::to_string(i + 1));
    const FoldedBatchNorm norm(block.at("bn1"));
    blocks_[i].weight = block.conv(norm.fold(block.values("conv1.weight")), block.shape("conv1.weight"));
    blocks_[i].bias = block.keep(norm.shift);
  }
  attention_ = ser.linear("att_block.att.weight");
  attention_bias_ = ser.vector("att_block.att.bias");
  value_ = ser.linear("att_block.cla.weight");
  value_bias_ = ser.vector("att_block.cla.bias");
}

void Cnn6::forward(const Pass& pass, const View<const float, 3>& features,
                   const View<float, 2>& embedding) const {
  ObserverScope backbone = pass.step("backbone");
  const Arena::Scope scope(pass.arena);
  const int64_t batch = features.size(0);
  int64_t frames = features.size(1), bins = features.size(2);

  DeltasArgs differences;
  differences.x = features;
  differences.y = pass.arena.take<4>({batch, frames, bins, 3});
  pass.run([&] { deltas(differences, pass.stream); });
  pass.tap("tap.deltas", permute(differences.y, {0, 3, 1, 2}));

  BorderedMap map(pass, batch, frames, bins, 3, kBorder);
  BatchNormArgs norm;
  norm.x = differences.y;
  norm.scale = mel_scale_.view();
  norm.shift = mel_shift_.view();
  norm.y = map.interior;
  pass.run([&] { batch_norm(norm, pass.stream); });

  for (size_t i = 0; i < blocks_.size(); ++i) {
    const int64_t channels = blocks_[i].weight.n();
    const bool last = i + 1 == blocks_.size();
    // The next map outlives the convolution's output, so it is taken first.
    BorderedMap next(pass, batch, frames / 2, bins / 2, channels, last ? 0 : kBorder);
    const Arena::Scope block_scope(pass.arena);
    Conv2dArgs conv;
    conv.x = map.whole;
    conv.weight = &blocks_[i].weight;
    conv.kernel_t = conv.kernel_f = kKernel;
    conv.bias = blocks_[i].bias.data();
    conv.relu = true;
    conv.precision = pass.precision;
    conv.y = pass.arena.take<4>({batch, frames, bins, channels});
    pass.run([&] { conv2d(conv, pass.stream); });
    MaxPoolArgs pool;
    pool.x = conv.y;
    pool.y = next.interior;
    pass.run([&] { max_pool(pool, pass.stream); });
    map = next;
    frames /= 2;
    bins /= 2;
  }

  FrequencyMeanArgs mean;
  mean.x = map.interior;
  mean.y = pass.arena.take<3>({batch, frames, map.interior.size(3)});
  pass.run([&] { frequency_mean(mean, pass.stream); });
  pass.tap("tap.backbone", transposed(mean.y));

  backbone.end();
  const ObserverScope att_block = pass.step("att_block");
  ChannelAttentionPoolArgs pool;
  pool.x = mean.y;
  pool.att = &attention_;
  pool.att_bias = attention_bias_.view();
  pool.cla = &value_;
  pool.cla_bias = value_bias_.view();
  pool.y = embedding;
  if (pass.wants("tap.attention")) pool.attention = pass.arena.take<3>({batch, frames, embedding.size(1)});
  pool.workspace = pass.arena.workspace(channel_attention_pool_workspace(pool));
  pass.run([&] { channel_attention_pool(pool, pass.stream); });
  if (pool.attention.data != nullptr) pass.tap("tap.attention", transposed(pool.attention));
}

}  // namespace serene::runtime
