#include "runtime/networks/cmgan/cmgan.h"

#include "kernels/common/error.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/copy/copy.h"
#include "kernels/istft/istft.h"
#include "kernels/mask_estimate/mask_estimate.h"
#include "kernels/power_compress/power_compress.h"
#include "kernels/power_expand/power_expand.h"
#include "kernels/prelu/prelu.h"
#include "kernels/rms_normalize/rms_normalize.h"
#include "kernels/stft/stft.h"
#include "runtime/networks/common/hamming.h"

namespace serene::runtime {
namespace {

constexpr int64_t kFft = 400, kHop = 100, kBins = kFft / 2 + 1, kHalfBins = (kBins + 1) / 2;
constexpr double kExponent = 0.3;

// (B, T, F, C) as the reference's (B, C, T, F).
View<const float, 4> planes(const View<float, 4>& map) { return permute(map, {0, 3, 1, 2}); }

// Channels [first, first + count) of a map.
View<const float, 4> channels(const View<const float, 4>& map, int64_t first, int64_t count) {
  View<const float, 4> view = map;
  view.data += first;
  view.shape[3] = count;
  return view;
}

// Layers on the short way from spectrum to spectrum, an eighth of the arithmetic: what tf32 rounds there is
// in the result undiminished. With them in fp32 the golden of 16 channels rises from 58.1 to 61.3 dB.
Precision on_the_short_way(const Pass& pass) {
  return pass.precision == Precision::tf32 ? Precision::fp32 : pass.precision;
}

Conv2dArgs convolution(const Pass& pass, const View<const float, 4>& x, const PackedMatrix& weight,
                       const Vector& bias, int64_t kernel_f, int64_t stride_f, const View<float, 4>& y) {
  Conv2dArgs args;
  args.x = x;
  args.weight = &weight;
  args.kernel_f = kernel_f;
  args.stride_f = stride_f;
  args.bias = bias.data();
  // The first layer and the last are hardly any work.
  const bool few = x.size(3) <= 3 || y.size(3) <= 2;
  args.precision = few ? Precision::fp32 : on_the_short_way(pass);
  args.y = y;
  return args;
}

void run(const Pass& pass, const Conv2dArgs& args) {
  pass.run([&] { conv2d(args, pass.stream); });
}

}  // namespace

Cmgan::Cmgan(const networks::CmganConfig& config, const WeightReader& se)
    : channels_(config.channels),
      fft_(kFft),
      window_(hamming_periodic(kFft, se.memory())),
      encoder_block_(se.at("dense_encoder").at("dilated_dense")),
      mask_block_(se.at("mask_decoder").at("dense_block")),
      complex_block_(se.at("complex_decoder").at("dense_block")) {
  const auto conv = [](const WeightReader& reader, const std::string& name) {
    return Conv{reader.conv(name + ".weight"), reader.vector(name + ".bias")};
  };
  const WeightReader encoder = se.at("dense_encoder");
  conv_1_ = conv(encoder, "conv_1.0");
  norm_1_ = {encoder.vector("conv_1.1.weight"), encoder.vector("conv_1.1.bias"),
             encoder.vector("conv_1.2.weight")};
  conv_2_ = conv(encoder, "conv_2.0");
  norm_2_ = {encoder.vector("conv_2.1.weight"), encoder.vector("conv_2.1.bias"),
             encoder.vector("conv_2.2.weight")};
  for (int i = 1; i <= config.tscbs; ++i) {
    const WeightReader tscb = se.at("TSCB_" + std::to_string(i));
    tscbs_.push_back(std::make_unique<Tscb>(Tscb{Conformer(tscb.at("time_conformer"), Axis::time),
                                                 Conformer(tscb.at("freq_conformer"), Axis::frequency)}));
  }
  const WeightReader mask = se.at("mask_decoder");
  mask_sub_pixel_ = conv(mask, "sub_pixel.conv");
  mask_conv_ = conv(mask, "conv_1");
  mask_norm_ = {mask.vector("norm.weight"), mask.vector("norm.bias"), mask.vector("prelu.weight")};
  mask_final_ = conv(mask, "final_conv");
  mask_slope_ = mask.vector("prelu_out.weight");
  const WeightReader complex = se.at("complex_decoder");
  complex_sub_pixel_ = conv(complex, "sub_pixel.conv");
  complex_norm_ = {complex.vector("norm.weight"), complex.vector("norm.bias"),
                   complex.vector("prelu.weight")};
  complex_conv_ = conv(complex, "conv");
}

void Cmgan::dense_encoder(const Pass& pass, const View<const float, 4>& input,
                          const View<float, 4>& map) const {
  const ObserverScope step = pass.step("dense_encoder");
  const Arena::Scope scope(pass.arena);
  const DenseSlab slab(pass, input.size(0), input.size(1), kBins, channels_);
  norm_1_.forward_after(pass, convolution(pass, input, conv_1_.weight, conv_1_.bias, 1, 1, slab.input()));
  encoder_block_.forward(pass, slab, on_the_short_way(pass));
  norm_2_.forward_after(pass,
                        convolution(pass, slab.last_bordered(), conv_2_.weight, conv_2_.bias, 3, 2, map));
}

View<float, 4> Cmgan::sub_pixel(const Pass& pass, const Conv& conv, const DenseSlab& slab) const {
  const View<float, 4> x = slab.last_bordered();
  const View<float, 4> halves = pass.arena.take<4>({x.size(0), x.size(1), kHalfBins, 2 * channels_});
  run(pass, convolution(pass, x, conv.weight, conv.bias, 3, 1, halves));
  return make_view<4>(halves.data, {x.size(0), x.size(1), 2 * kHalfBins, channels_});
}

void Cmgan::mask_decoder(const Pass& pass, const DenseSlab& slab, const View<float, 4>& mask) const {
  const ObserverScope step = pass.step("mask_decoder");
  const Arena::Scope scope(pass.arena);
  mask_block_.forward(pass, slab, pass.precision);
  const View<float, 4> wide = sub_pixel(pass, mask_sub_pixel_, slab);
  const View<float, 4> raw = pass.arena.take<4>(mask.shape);
  mask_norm_.forward_after(pass, convolution(pass, wide, mask_conv_.weight, mask_conv_.bias, 2, 1, raw));
  run(pass, convolution(pass, raw, mask_final_.weight, mask_final_.bias, 1, 1, mask));
  PreluArgs args;
  args.x = make_view<3>(mask.data, {mask.size(0), mask.size(1), kBins});
  args.slope = mask_slope_.view();
  pass.run([&] { prelu(args, pass.stream); });
}

void Cmgan::complex_decoder(const Pass& pass, const DenseSlab& slab, const View<float, 4>& complex) const {
  const ObserverScope step = pass.step("complex_decoder");
  const Arena::Scope scope(pass.arena);
  complex_block_.forward(pass, slab, pass.precision);
  const View<float, 4> wide = sub_pixel(pass, complex_sub_pixel_, slab);
  complex_norm_.forward(pass, wide);
  run(pass, convolution(pass, wide, complex_conv_.weight, complex_conv_.bias, 2, 1, complex));
}

void Cmgan::forward(const Pass& pass, const View<const float, 2>& pcm, const View<float, 2>& enhanced) const {
  const ObserverScope step = pass.step("se");
  const Arena::Scope scope(pass.arena);
  const int64_t batch = pcm.size(0), hops = (pcm.size(1) + kHop - 1) / kHop, frames = hops + 1;
  const View<float, 1> gain = pass.arena.take<1>({batch});
  const View<float, 4> compressed = pass.arena.take<4>({batch, frames, kBins, 3});
  const View<float, 4> mask = pass.arena.take<4>({batch, frames, kBins, 1});
  const View<float, 4> estimate = pass.arena.take<4>({batch, frames, kBins, 2});
  const View<const double, 1> window = make_view<1>(static_cast<const double*>(window_.data()), {kFft});
  {
    const ObserverScope spectrum_step = pass.step("spectrum");
    const Arena::Scope spectrum_scope(pass.arena);
    RmsNormalizeArgs level;
    level.x = pcm;
    level.y = pass.arena.take<2>({batch, hops * kHop});
    level.gain = gain;
    pass.run([&] { rms_normalize(level, pass.stream); });
    StftArgs transform;
    transform.x = level.y;
    transform.window = window;
    transform.fft = &fft_;
    transform.hop = kHop;
    transform.y = estimate;  // its room serves the spectrum until there is an estimate
    transform.workspace = pass.arena.workspace(stft_workspace(fft_, pass.stream));
    pass.run([&] { stft(transform, pass.stream); });
    PowerCompressArgs compress;
    compress.x = estimate;
    compress.exponent = kExponent;
    compress.y = compressed;
    pass.run([&] { power_compress(compress, pass.stream); });
  }
  pass.tap("spec.compressed", permute(channels(compressed, 1, 2), {0, 3, 1, 2}));
  {
    const Arena::Scope map_scope(pass.arena);
    const View<float, 4> map = pass.arena.take<4>({batch, frames, kHalfBins, channels_});
    dense_encoder(pass, compressed, map);
    pass.tap("tap.dense_encoder", planes(map));
    for (size_t i = 0; i < tscbs_.size(); ++i) {
      const std::string name = "TSCB_" + std::to_string(i + 1), tap = "tap." + name;
      const ObserverScope tscb_step = pass.step(name);
      tscbs_[i]->time.forward(pass, map, tap + ".time_conformer");
      tscbs_[i]->frequency.forward(pass, map, tap + ".freq_conformer");
      pass.tap(tap, planes(map));
    }
    const DenseSlab slab(pass, batch, frames, kHalfBins, channels_);
    CopyArgs hand_over;
    hand_over.x = map;
    hand_over.y = slab.input();
    pass.run([&] { copy(hand_over, pass.stream); });
    mask_decoder(pass, slab, mask);
    pass.tap("tap.mask_decoder", planes(mask));
    complex_decoder(pass, slab, estimate);
    pass.tap("tap.complex_decoder", planes(estimate));
  }
  const ObserverScope waveform_step = pass.step("waveform");
  MaskEstimateArgs combine;
  combine.mask = make_view<3, const float>(mask.data, {batch, frames, kBins});
  combine.noisy = channels(compressed, 1, 2);
  combine.residual = estimate;
  combine.y = estimate;
  pass.run([&] { mask_estimate(combine, pass.stream); });
  pass.tap("est.real", permute(channels(estimate, 0, 1), {0, 3, 1, 2}));
  pass.tap("est.imag", permute(channels(estimate, 1, 1), {0, 3, 1, 2}));

  PowerExpandArgs expand;
  expand.x = estimate;
  expand.exponent = kExponent;
  expand.y = estimate;
  pass.run([&] { power_expand(expand, pass.stream); });
  IstftArgs inverse;
  inverse.x = estimate;
  inverse.window = window;
  inverse.fft = &fft_;
  inverse.hop = kHop;
  inverse.gain = gain;
  inverse.y = enhanced;
  inverse.workspace = pass.arena.workspace(istft_workspace(batch, frames, fft_, pass.stream));
  pass.run([&] { istft(inverse, pass.stream); });
}

std::map<std::string, std::vector<int64_t>> Cmgan::result_shapes(const ValuesByName& inputs) const {
  const auto pcm = inputs.find("pcm");
  if (pcm == inputs.end() || pcm->second.shape.size() != 2)
    throw Error(ErrorKind::invalid_argument, "cmgan: input pcm: wanted (B, N)");
  return {{"enhanced", pcm->second.shape}};
}

void Cmgan::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  forward(pass, inputs.at("pcm").view<2>(), results.at("enhanced").view<2>());
}

std::vector<ReferenceRun> Cmgan::reference_runs(const weights::TensorFile& file) const {
  const weights::Tensor* pcm = file.find("in.pcm");
  if (pcm == nullptr) return {};
  const std::vector<float> samples = weights::to_float(*pcm);
  if (samples.empty()) throw Error(ErrorKind::model, file.name + ": in.pcm: no samples");
  return {{{{"pcm", {{1, std::ssize(samples)}, samples}}}, {{"enhanced", {"out.pcm"}}}, 1}};
}

std::unique_ptr<Network> make_cmgan(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<Cmgan>(dynamic_cast<const networks::CmganConfig&>(config), weights);
}

}  // namespace serene::runtime
