#include "runtime/src/engine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "kernels/common/error.h"
#include "runtime/src/back_end/devices.h"
#include "runtime/src/fit.h"
#include "runtime/src/log.h"

namespace serene::runtime {
namespace {

constexpr int64_t kRate = 16000;

void check_samples(std::span<const float> clip, const std::string& which) {
  if (clip.empty()) throw Error(ErrorKind::audio, which + ": no samples");
  for (size_t i = 0; i < clip.size(); ++i) {
    if (!std::isfinite(clip[i])) {
      throw Error(ErrorKind::audio, which + ": sample " + std::to_string(i) + " is not finite");
    }
  }
}

// The GPU where there is one, else the CPU, with a warning where a GPU was built for.
std::unique_ptr<BackEnd> open_automatic(const DeviceOptions& options) {
  if (linked_with(Device::cuda)) {
    try {
      return open_device(Device::cuda, options);
    } catch (const Error& error) {
      log(SERENE_LOG_WARNING, std::string(error.what()) + "; computing on the CPU");
    }
  }
  return open_device(Device::cpu, options);
}

std::unique_ptr<BackEnd> open_chosen(const EngineOptions& options) {
  const DeviceOptions device{options.threads, options.device_index};
  switch (options.device) {
    case EngineOptions::Choice::automatic:
      return open_automatic(device);
    case EngineOptions::Choice::cpu:
      return open_device(Device::cpu, device);
    case EngineOptions::Choice::cuda:
      return open_device(Device::cuda, device);
    case EngineOptions::Choice::executor:
      return open_device(Device::executor, device);
  }
  throw Error(ErrorKind::internal, "engine: unknown device");
}

int64_t ssize(std::span<const float> values) { return static_cast<int64_t>(values.size()); }

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, const EngineOptions& options)
    : back_end_(open_chosen(options)), model_(std::move(model)), passes_(*back_end_, options.precision) {
  if (options.precision != Precision::fp32 && back_end_->stream().device == Device::cpu) {
    throw Error(ErrorKind::unsupported, std::string("precision ") + precision_name(options.precision) +
                                            ": the CPU computes in fp32 alone");
  }
  Memory& weights = back_end_->weights();
  on_device_ = &weights == &HostMemory::instance() ? model_ : model_->in(weights);
  back_end_->weights_are_written();
  log(SERENE_LOG_INFO, "engine: " + back_end_->name());
}

ClipScore Engine::empty_score() const {
  ClipScore score;
  score.coefficient = std::numeric_limits<float>::quiet_NaN();
  score.embedding.resize(model_->ser->embedding_size());
  score.calibrated.resize(model_->ser->embedding_size());
  score.log_posterior.resize(model_->ser->classes());
  return score;
}

void Engine::check_can_score() const {
  if (!model_->ser)
    throw Error(ErrorKind::unsupported, model_->name + ": the model has no classifier, it can enhance only");
  if (!model_->can_score()) {
    throw Error(ErrorKind::unsupported,
                model_->name + ": the classifier needs enhanced speech, and the model has no enhancer");
  }
}

void Engine::recognise(const PassKey& key, std::span<const std::span<const float>> input,
                       std::span<ClipScore> scores, TapSink* taps, const Recognise& forward) {
  const int64_t batch = key.batch, e = model_->ser->embedding_size(), k = model_->ser->classes();
  std::vector<float> results(static_cast<size_t>(batch * (1 + 2 * e + k)));
  passes_.run(key, input, results, taps, [&](const Pass& pass, float* in, float* out) {
    forward(pass, in,
            {make_view<1>(out, {batch}), make_view<2>(out + batch, {batch, e}),
             make_view<2>(out + batch * (1 + e), {batch, e}),
             make_view<2>(out + batch * (1 + 2 * e), {batch, k})});
  });
  for (int64_t b = 0; b < batch; ++b) {
    ClipScore& score = scores[b] = empty_score();
    const float* out = results.data();
    if (model_->ser->needs_enhanced()) score.coefficient = out[b];
    std::copy_n(out + batch + b * e, e, score.embedding.begin());
    std::copy_n(out + batch * (1 + e) + b * e, e, score.calibrated.begin());
    std::copy_n(out + batch * (1 + 2 * e) + b * k, k, score.log_posterior.begin());
  }
}

void Engine::score_batch(std::span<const std::span<const float>> clips, std::span<const size_t> indices,
                         std::span<ClipScore> scores) {
  const weights::Fit& fit = model_->config.ser->fit;
  std::vector<std::vector<float>> fitted;
  for (const size_t i : indices) fitted.push_back(fit_clip(clips[i], fit));
  const std::vector<std::span<const float>> input(fitted.begin(), fitted.end());
  const int64_t count = static_cast<int64_t>(indices.size()), n = ssize(input.front());
  std::vector<ClipScore> batch(indices.size());
  recognise({PassKey::Kind::score, count, n}, input, batch, nullptr,
            [&](const Pass& pass, float* pcm, const Trnet::Outputs& outputs) {
              const View<const float, 2> noisy = make_view<2, const float>(pcm, {count, n});
              View<float, 2> enhanced;
              if (on_device_->ser->needs_enhanced()) {
                enhanced = pass.arena.take<2>({count, n});
                on_device_->se->forward(pass, noisy, enhanced);
              }
              on_device_->ser->forward(pass, noisy, enhanced, outputs);
            });
  for (size_t b = 0; b < indices.size(); ++b) {
    const std::span<const float> clip = clips[indices[b]];
    batch[b].short_clip = ssize(clip) < fit_samples(fit);
    batch[b].silent = std::all_of(clip.begin(), clip.end(), [](float x) { return x == 0.0f; });
    scores[indices[b]] = std::move(batch[b]);
  }
}

std::vector<ClipScore> Engine::score(std::span<const std::span<const float>> clips) {
  check_can_score();
  back_end_->enter();
  const weights::Fit& fit = model_->config.ser->fit;
  for (size_t i = 0; i < clips.size(); ++i) check_samples(clips[i], "clip " + std::to_string(i));
  // Clips of one length go together: bits do not depend on who is beside whom.
  std::map<int64_t, std::vector<size_t>> of_length;
  for (size_t i = 0; i < clips.size(); ++i) {
    const int64_t samples = fitted_size(ssize(clips[i]), fit);
    if (samples < model_->ser->minimum_samples()) {
      throw Error(ErrorKind::audio, "clip " + std::to_string(i) + ": " + std::to_string(samples) +
                                        " samples, the model needs at least " +
                                        std::to_string(model_->ser->minimum_samples()));
    }
    of_length[samples].push_back(i);
  }
  std::vector<ClipScore> scores(clips.size());
  for (const auto& [samples, indices] : of_length) score_alike(clips, indices, scores);
  return scores;
}

void Engine::score_alike(std::span<const std::span<const float>> clips, std::span<const size_t> indices,
                         std::span<ClipScore> scores) {
  size_t most = static_cast<size_t>(back_end_->most_clips());
  while (!indices.empty()) {
    const std::span<const size_t> batch = indices.first(std::min(most, indices.size()));
    try {
      score_batch(clips, batch, scores);
      indices = indices.subspan(batch.size());
    } catch (const Error& error) {
      // Fewer at a time may fit.
      if (error.kind() != ErrorKind::out_of_memory || batch.size() == 1) throw;
      most = batch.size() / 2;
      log(SERENE_LOG_WARNING, "out of memory for " + std::to_string(batch.size()) +
                                  " clips at a time, trying " + std::to_string(most));
    }
  }
}

void Engine::enhance(std::span<const float> clip, std::span<float> enhanced) {
  if (!model_->se) throw Error(ErrorKind::unsupported, model_->name + ": the model has no enhancer");
  check_samples(clip, "clip");
  const auto n = static_cast<int64_t>(clip.size());
  constexpr auto kWhole = static_cast<int64_t>(kWholeSeconds * kRate);
  constexpr auto kOverlap = static_cast<int64_t>(kOverlapSeconds * kRate);
  if (n <= kWhole) return run_cmgan(clip, enhanced, nullptr);

  // Windows as equal as they get; each starts where the one before has kOverlap left.
  const int64_t windows = (n - kOverlap + kWhole - kOverlap - 1) / (kWhole - kOverlap);
  const int64_t hop = (n - kOverlap + windows - 1) / windows;
  std::vector<float> part;
  for (int64_t w = 0; w < windows; ++w) {
    const int64_t start = w * hop, length = std::min(hop + kOverlap, n - start);
    part.resize(length);
    run_cmgan(clip.subspan(start, length), part, nullptr);
    for (int64_t i = 0; i < length; ++i) {
      const bool fades = w > 0 && i < kOverlap;
      const float in = fades ? (static_cast<float>(i) + 0.5f) / static_cast<float>(kOverlap) : 1.0f;
      enhanced[start + i] = fades ? (1.0f - in) * enhanced[start + i] + in * part[i] : part[i];
    }
  }
}

void Engine::run_cmgan(std::span<const float> pcm, std::span<float> enhanced, TapSink* taps) {
  back_end_->enter();
  const int64_t n = ssize(pcm);
  passes_.run(
      {PassKey::Kind::enhance, 1, n}, {&pcm, 1}, enhanced, taps,
      [&](const Pass& pass, float* in, float* out) {
        on_device_->se->forward(pass, make_view<2, const float>(in, {1, n}), make_view<2>(out, {1, n}));
      });
}

void Engine::run_trnet_features(std::span<const float> pcm, std::span<float> fbank) {
  back_end_->enter();
  const int64_t n = ssize(pcm), frames = MelBank::frames(n);
  passes_.run({PassKey::Kind::features, 1, n}, {&pcm, 1}, fbank, nullptr,
              [&](const Pass& pass, float* in, float* out) {
                on_device_->ser->features(pass, make_view<2, const float>(in, {1, n}),
                                          make_view<3>(out, {1, frames, MelBank::kMels}));
              });
}

ClipScore Engine::run_trnet(std::span<const float> noisy_fbank, std::span<const float> enhanced_fbank,
                            int64_t frames, TapSink* taps) {
  back_end_->enter();
  ClipScore score;
  const std::array<std::span<const float>, 2> input{noisy_fbank, enhanced_fbank};
  recognise({PassKey::Kind::recognise, 1, frames}, input, {&score, 1}, taps,
            [&](const Pass& pass, float* in, const Trnet::Outputs& outputs) {
              const std::array<int64_t, 3> shape{1, frames, MelBank::kMels};
              on_device_->ser->recognise(pass, make_view<3, const float>(in, shape),
                                         make_view<3, const float>(in + noisy_fbank.size(), shape), outputs);
            });
  return score;
}

}  // namespace serene::runtime
