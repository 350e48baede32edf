#include "runtime/networks/snr_level/snr_level.h"

#include "kernels/common/error.h"
#include "kernels/cosine_similarity/cosine_similarity.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/rms_normalize/rms_normalize.h"
#include "kernels/stft/stft.h"
#include "runtime/networks/common/as_map.h"
#include "runtime/networks/common/hamming.h"

namespace serene::runtime {
namespace {

constexpr int64_t kFft = 400, kHop = 100, kBins = networks::SnrLevelConfig::kBins, kCosines = 2 * kBins;

}  // namespace

SnrLevel::SnrLevel(const WeightReader& weights)
    : fft_(kFft), window_(hamming_periodic(kFft, weights.memory())), linear_(weights.at("linear")) {}

View<float, 4> SnrLevel::spectrum(const Pass& pass, const View<const float, 2>& x) const {
  const int64_t n = x.size(1);
  const View<float, 4> y = pass.arena.take<4>({1, n / kHop + 1, kBins, 2});
  const Arena::Scope scope(pass.arena);
  RmsNormalizeArgs normalize;
  normalize.x = x;
  normalize.y = pass.arena.take<2>({1, n});
  normalize.gain = pass.arena.take<1>({1});
  pass.run([&] { rms_normalize(normalize, pass.stream); });
  StftArgs transform;
  transform.x = normalize.y;
  transform.window = make_view<1>(static_cast<const double*>(window_.data()), {kFft});
  transform.fft = &fft_;
  transform.hop = kHop;
  transform.y = y;
  transform.workspace = pass.arena.workspace(stft_workspace(fft_, pass.stream));
  pass.run([&] { stft(transform, pass.stream); });
  return y;
}

void SnrLevel::compare(const Pass& pass, const View<const float, 2>& x, const View<const float, 2>& e,
                       const View<float, 2>& s) const {
  const Arena::Scope scope(pass.arena);
  const auto as_channels = [](const View<float, 4>& y) {
    return make_view<3, const float>(y.data, {1, y.size(1), kCosines});
  };
  CosineSimilarityArgs args;
  args.x = as_channels(spectrum(pass, x));
  args.e = as_channels(spectrum(pass, e));
  args.d = s;
  pass.run([&] { cosine_similarity(args, pass.stream); });
}

void SnrLevel::forward(const Pass& pass, const Waveforms& clips, const Segments& enhanced,
                       const View<float, 2>& level) const {
  const ObserverScope step = pass.step("snr_level");
  const Arena::Scope scope(pass.arena);
  const View<float, 2> similarity = pass.arena.take<2>({clips.clips.clips, kCosines});
  // A clip at a time: spectra of all would take thirty times the memory of their samples.
  for (int64_t b = 0; b < clips.clips.clips; ++b) {
    const int64_t n = clips.clips.length(b);
    compare(pass, make_view<2, const float>(clips.samples.data + clips.clips.begin[b], {1, n}),
            make_view<2, const float>(enhanced.of(b), {1, n}),
            make_view<2>(similarity[b].data, {1, kCosines}));
  }
  pass.tap("similarity", {similarity.data, {1, clips.clips.clips, kBins, 2}, {0, kCosines, 2, 1}});
  // A level decides what is judged at all: not in the bits of a faster precision.
  linear_.forward(pass.in_fp32(), similarity, level);
  pass.tap("snr.raw", as_map(View<const float, 2>(level)));
  pass.run([&] { pointwise({level, level, PointwiseFunction::clamp, 0, 1}, pass.stream); });
}

std::map<std::string, std::vector<int64_t>> SnrLevel::result_shapes(const ValuesByName& inputs) const {
  const auto pcm = inputs.find("pcm"), enhanced = inputs.find("enhanced");
  if (pcm == inputs.end() || pcm->second.shape.size() != 1 || pcm->second.shape[0] < 1)
    throw Error(ErrorKind::invalid_argument, "snr_level: input pcm: wanted (N), N 1 at the least");
  if (enhanced == inputs.end() || enhanced->second.shape != pcm->second.shape)
    throw Error(ErrorKind::invalid_argument, "snr_level: input enhanced: wanted the shape of pcm");
  return {{"level", {1}}};
}

void SnrLevel::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  const Port& pcm = inputs.at("pcm");
  const int64_t n = pcm.shape[0], one = 1;
  const Waveforms clip{make_view<1, const float>(pcm.data, {n}), pass.ragged({&n, 1})};
  const Segments enhanced{make_view<2, const float>(inputs.at("enhanced").data, {1, n}),
                          pass.ragged({&one, 1})};
  forward(pass, clip, enhanced, make_view<2>(results.at("level").data, {1, 1}));
}

std::vector<ReferenceRun> SnrLevel::reference_runs(const weights::TensorFile& file) const {
  const weights::Tensor *pcm = file.find("in.snr.pcm"), *enhanced = file.find("in.snr.enhanced");
  if (pcm == nullptr && enhanced == nullptr) return {};
  if (pcm == nullptr || enhanced == nullptr)
    throw Error(ErrorKind::model, file.name + ": in.snr.pcm and in.snr.enhanced: one is missing");
  const std::vector<float> x = weights::to_float(*pcm), e = weights::to_float(*enhanced);
  if (x.empty() || x.size() != e.size())
    throw Error(ErrorKind::model,
                file.name + ": in.snr.pcm and in.snr.enhanced: wanted as many samples in each");
  return {{{{"pcm", {{std::ssize(x)}, x}}, {"enhanced", {{std::ssize(e)}, e}}},
           {{"level", {"level", "snr.level"}}},
           1}};
}

std::unique_ptr<Network> make_snr_level(const networks::NetworkConfig&, const WeightReader& weights) {
  return std::make_unique<SnrLevel>(weights);
}

}  // namespace serene::runtime
