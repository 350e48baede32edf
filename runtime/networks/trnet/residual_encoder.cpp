#include "runtime/networks/trnet/residual_encoder.h"

#include "kernels/attention_pool/attention_pool.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/copy/copy.h"
#include "kernels/frequency_mean/frequency_mean.h"
#include "kernels/residual_conv/residual_conv.h"

namespace serene::runtime {
namespace {

constexpr int64_t kStride = 2;

PackedMatrix fold_conv(const WeightReader& reader, const std::string& conv, const FoldedBatchNorm& norm) {
  return reader.conv(norm.fold(reader.values(conv)), reader.shape(conv));
}

}  // namespace

ResidualEncoder::Block::Block(const WeightReader& reader) {
  const FoldedBatchNorm bn1(reader.at("bn1")), bn2(reader.at("bn2")), bn_shortcut(reader.at("shortcut.1"));
  conv1 = fold_conv(reader, "conv1.weight", bn1);
  conv2 = fold_conv(reader, "conv2.weight", bn2);
  shortcut = fold_conv(reader, "shortcut.0.weight", bn_shortcut);
  bias1 = reader.keep(bn1.shift);
  bias2 = reader.keep(bn2.shift);
  shortcut_bias = reader.keep(bn_shortcut.shift);
}

ResidualEncoder::ResidualEncoder(const WeightReader& ser) {
  for (size_t i = 0; i < blocks_.size(); ++i)
    blocks_[i] = Block(ser.at("backbone").at("block" + std::to_string(i + 1)));
  query_ = ser.vector("att_block.u.weight");
}

void ResidualEncoder::forward(const Pass& pass, const View<const float, 3>& features,
                              const View<float, 2>& embedding) const {
  ObserverScope backbone = pass.step("backbone");
  const Arena::Scope scope(pass.arena);
  const int64_t batch = features.size(0);
  int64_t frames = features.size(1), bins = features.size(2);

  BorderedMap map(pass, batch, frames, bins, 1, kBorder);
  CopyArgs input;
  input.x = {features.data,
             {batch, frames, bins, 1},
             {features.stride[0], features.stride[1], features.stride[2], 1}};
  input.y = map.interior;
  pass.run([&] { copy(input, pass.stream); });

  for (size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    const int64_t channels = block.conv1.n();
    frames = (frames - 1) / kStride + 1;
    bins = (bins - 1) / kStride + 1;
    BorderedMap next(pass, batch, frames, bins, channels, i + 1 == blocks_.size() ? 0 : kBorder);
    const Arena::Scope block_scope(pass.arena);
    const BorderedMap hidden(pass, batch, frames, bins, channels, kBorder);
    Conv2dArgs first;
    first.x = map.whole;
    first.weight = &block.conv1;
    first.kernel_t = first.kernel_f = kKernel;
    first.stride_t = first.stride_f = kStride;
    first.bias = block.bias1.data();
    first.relu = true;
    first.precision = pass.precision;
    first.y = hidden.interior;
    pass.run([&] { conv2d(first, pass.stream); });
    ResidualConvArgs second;
    second.h = hidden.whole;
    second.weight = &block.conv2;
    second.kernel = kKernel;
    second.bias = block.bias2.data();
    second.x = map.interior;
    second.shortcut = &block.shortcut;
    second.shortcut_bias = block.shortcut_bias.data();
    second.stride = kStride;
    second.precision = pass.precision;
    second.y = next.interior;
    pass.run([&] { residual_conv(second, pass.stream); });
    map = next;
  }

  FrequencyMeanArgs mean;
  mean.x = map.interior;
  mean.y = pass.arena.take<3>({batch, frames, map.interior.size(3)});
  pass.run([&] { frequency_mean(mean, pass.stream); });
  pass.tap("tap.backbone", {mean.y.data,
                            {1, batch, mean.y.shape[2], frames},
                            {0, mean.y.stride[0], mean.y.stride[2], mean.y.stride[1]}});

  backbone.end();
  const ObserverScope att_block = pass.step("att_block");
  AttentionPoolArgs pool;
  pool.x = mean.y;
  pool.u = query_.view();
  pool.attention = pass.arena.take<2>({batch, frames});
  pool.y = embedding;
  pool.workspace = pass.arena.workspace(attention_pool_workspace(pool));
  pass.run([&] { attention_pool(pool, pass.stream); });
  pass.tap("tap.attention", {pool.attention.data,
                             {1, 1, batch, frames},
                             {0, 0, pool.attention.stride[0], pool.attention.stride[1]}});
}

}  // namespace serene::runtime
