#include "runtime/networks/whisper_encoder/whisper_encoder.h"

#include "kernels/add_positions/add_positions.h"
#include "kernels/common/error.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {
namespace {

constexpr int64_t kTaps = 3;
constexpr double kEps = 1e-5;  // of every layer norm; no checkpoint says another

// Columns [first, first + count) of rows.
View<const float, 2> columns(const View<const float, 2>& x, int64_t first, int64_t count) {
  return {x.data + first, {x.size(0), count}, x.stride};
}

}  // namespace

WhisperEncoder::WhisperEncoder(const networks::WhisperEncoderConfig& config, const WeightReader& weights)
    : channels_(config.channels),
      heads_(config.heads),
      positions_(config.positions),
      bank_(config.mels),
      table_(weights.vector("positional_embedding")) {
  const auto conv = [&](const WeightReader& reader) {
    const std::vector<int64_t>& shape = reader.shape("weight");
    return Conv{reader.conv(reader.values("weight"), {shape[0], shape[1], kTaps, 1}), reader.vector("bias")};
  };
  conv1_ = conv(weights.at("conv1"));
  conv2_ = conv(weights.at("conv2"));
  for (int i = 0; i < config.kept; ++i) {
    const WeightReader block = weights.at("blocks." + std::to_string(i)), attention = block.at("attn");
    blocks_.push_back({Norm(block.at("attn_ln"), kEps), query_key_value(attention, channels_),
                       Dense(attention.at("out")), Norm(block.at("mlp_ln"), kEps), Dense(block.at("mlp.0")),
                       Dense(block.at("mlp.2"))});
  }
  if (config.kept == config.published) last_norm_.emplace(weights.at("ln_post"), kEps);
}

// One product; keys have no bias.
Dense WhisperEncoder::query_key_value(const WeightReader& attention, int64_t channels) {
  std::vector<float> weight = attention.values("query.weight"), bias = attention.values("query.bias");
  const auto append = [](std::vector<float>& all, const std::vector<float>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(weight, attention.values("key.weight"));
  append(weight, attention.values("value.weight"));
  append(bias, std::vector<float>(static_cast<size_t>(channels)));
  append(bias, attention.values("value.bias"));
  return {attention.linear(weight, {3 * channels, channels}), attention.keep(bias)};
}

void WhisperEncoder::convolve(const Pass& pass, const Conv& conv, int64_t stride,
                              const View<const float, 2>& x, const Ragged& x_clips, const Ragged& y_clips,
                              const View<float, 2>& y) {
  const Arena::Scope scope(pass.arena);
  Conv1dArgs args;
  args.x = x;
  args.x_clips = x_clips;
  args.weight = &conv.weight;
  args.taps = kTaps;
  args.stride = stride;
  args.padding = 1;
  args.bias = conv.bias.view();
  args.activation = Activation::gelu;
  args.y_clips = y_clips;
  args.y = y;
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(conv1d_workspace(args, pass.stream));
  pass.run([&] { conv1d(args, pass.stream); });
}

void WhisperEncoder::front(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                           const View<float, 2>& x) const {
  const ObserverScope step = pass.step("front");
  const Arena::Scope scope(pass.arena);
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < frames.clips; ++b) lengths.push_back(2 * frames.length(b));
  const Ragged mel_frames = pass.ragged(lengths);
  const View<float, 2> mel = pass.arena.take<2>({mel_frames.rows(), bank_.mels()});
  {
    const Arena::Scope mel_scope(pass.arena);
    LogMelArgs args;
    args.x = clips.samples;
    args.samples = clips.clips;
    args.bank = &bank_;
    args.frames = mel_frames;
    args.y = mel;
    args.workspace = pass.arena.workspace(log_mel_workspace(mel_frames.rows(), bank_, pass.stream));
    pass.run([&] { log_mel(args, pass.stream); });
  }
  pass.tap("mel", permute(as_map(View<const float, 2>(mel)), {0, 1, 3, 2}));
  const View<float, 2> wide = pass.arena.take<2>({mel_frames.rows(), channels_});
  convolve(pass, conv1_, 1, mel, mel_frames, mel_frames, wide);
  convolve(pass, conv2_, 2, wide, mel_frames, frames, x);
  pass.tap("tap.conv2", as_map(View<const float, 2>(x)));
  AddPositionsArgs args;
  args.x = args.y = x;
  args.clips = frames;
  args.table = make_view<2, const float>(table_.data(), {positions_, channels_});
  pass.run([&] { add_positions(args, pass.stream); });
}

void WhisperEncoder::attend(const Pass& pass, const Block& block, const Ragged& frames,
                            const View<float, 2>& x) const {
  const ObserverScope step = pass.step("attention");
  const Arena::Scope scope(pass.arena);
  const View<float, 2> normed = pass.arena.take<2>(x.shape);
  block.attention_norm.forward(pass, x, normed);
  const View<float, 2> qkv = pass.arena.take<2>({x.size(0), 3 * channels_});
  block.qkv.forward(pass, normed, qkv);
  {
    const Arena::Scope attention_scope(pass.arena);
    ScaledAttentionArgs args;
    args.q = columns(qkv, 0, channels_);
    args.k = columns(qkv, channels_, channels_);
    args.v = columns(qkv, 2 * channels_, channels_);
    args.clips = frames;
    args.heads = heads_;
    args.y = normed;
    args.precision = pass.precision;
    args.workspace =
        pass.arena.workspace(scaled_attention_workspace(x.size(0), heads_, channels_ / heads_, pass.stream));
    pass.run([&] { scaled_attention(args, pass.stream); });
  }
  block.out.forward(pass, normed, x, Activation::none, x);
}

void WhisperEncoder::feed_forward(const Pass& pass, const Block& block, const View<float, 2>& x) const {
  const ObserverScope step = pass.step("feed_forward");
  const Arena::Scope scope(pass.arena);
  const View<float, 2> normed = pass.arena.take<2>(x.shape);
  block.inner_norm.forward(pass, x, normed);
  const View<float, 2> inner = pass.arena.take<2>({x.size(0), block.up.outputs()});
  block.up.forward(pass, normed, inner, Activation::gelu);
  block.down.forward(pass, inner, x, Activation::none, x);
}

void WhisperEncoder::forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                             const TakeState& take) const {
  const ObserverScope step = pass.step("encoder");
  const Arena::Scope scope(pass.arena);
  for (int64_t b = 0; b < frames.clips; ++b) {
    if (frames.length(b) <= positions_) continue;
    throw Error(ErrorKind::audio, "clip " + std::to_string(b) + ": " + std::to_string(frames.length(b)) +
                                      " frames, the encoder has " + std::to_string(positions_) +
                                      " positions");
  }
  const View<float, 2> x = pass.arena.take<2>({frames.rows(), channels_});
  front(pass, clips, frames, x);
  pass.tap("tap.block.0", as_map(View<const float, 2>(x)));
  for (int64_t i = 0; i <= last_state(); ++i) {
    if (i > 0) {
      const std::string name = "block." + std::to_string(i);
      const ObserverScope block_step = pass.step(name);
      attend(pass, blocks_[i - 1], frames, x);
      feed_forward(pass, blocks_[i - 1], x);
      pass.tap("tap." + name, as_map(View<const float, 2>(x)));
    }
    if (i < last_state() || !last_norm_) take(i, x);
  }
  if (!last_norm_) return;
  last_norm_->forward(pass, x, x);
  pass.tap("out.encoder", as_map(View<const float, 2>(x)));
  take(last_state(), x);
}

std::unique_ptr<Network> make_whisper_encoder(const networks::NetworkConfig& config,
                                              const WeightReader& weights) {
  return std::make_unique<WhisperEncoder>(dynamic_cast<const networks::WhisperEncoderConfig&>(config),
                                          weights);
}

}  // namespace serene::runtime
