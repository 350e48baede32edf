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
    : back_end_(open_chosen(options)), model_(std::move(model)), passes_(*back_end_) {
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

void Engine::score_batch(std::span<const float> fitted, int64_t batch, std::span<ClipScore> scores) {
  const int64_t n = ssize(fitted) / batch;
  recognise({PassKey::Kind::score, batch, n}, {&fitted, 1}, scores, nullptr,
            [&, batch, n](const Pass& pass, float* input, const Trnet::Outputs& outputs) {
              const View<const float, 2> pcm = make_view<2, const float>(input, {batch, n});
              View<float, 2> enhanced;
              if (on_device_->ser->needs_enhanced()) {
                enhanced = pass.arena.take<2>({batch, n});
                on_device_->se->forward(pass, pcm, enhanced);
              }
              on_device_->ser->forward(pass, pcm, enhanced, outputs);
            });
}

std::vector<ClipScore> Engine::score(std::span<const std::span<const float>> clips) {
  check_can_score();
  back_end_->enter();
  const weights::Fit& fit = model_->config.ser->fit;
  for (size_t i = 0; i < clips.size(); ++i) check_samples(clips[i], "clip " + std::to_string(i));
  // Clips of one length go together: bits do not depend on who is beside whom.
  std::map<int64_t, std::vector<size_t>> of_length;
  for (size_t i = 0; i < clips.size(); ++i) {
    const int64_t samples = fit.rule == weights::FitRule::none ? ssize(clips[i]) : fit_samples(fit);
    if (samples < model_->ser->minimum_samples()) {
      throw Error(ErrorKind::audio, "clip " + std::to_string(i) + ": " + std::to_string(samples) +
                                        " samples, the model needs at least " +
                                        std::to_string(model_->ser->minimum_samples()));
    }
    of_length[samples].push_back(i);
  }
  std::vector<ClipScore> scores(clips.size());
  for (const auto& [samples, indices] : of_length) {
    const auto count = static_cast<int64_t>(indices.size());
    int64_t most = back_end_->most_clips();
    for (int64_t first = 0; first < count;) {
      const int64_t batch = std::min(most, count - first);
      std::vector<float> fitted;
      for (int64_t b = 0; b < batch; ++b) {
        const std::vector<float> clip = fit_clip(clips[indices[first + b]], fit);
        fitted.insert(fitted.end(), clip.begin(), clip.end());
      }
      std::vector<ClipScore> some(static_cast<size_t>(batch));
      try {
        score_batch(fitted, batch, some);
      } catch (const Error& error) {
        // Fewer at a time may fit.
        if (error.kind() != ErrorKind::out_of_memory || batch == 1) throw;
        most = batch / 2;
        log(SERENE_LOG_WARNING, "out of memory for " + std::to_string(batch) + " clips at a time, trying " +
                                    std::to_string(most));
        continue;
      }
      for (int64_t b = 0; b < batch; ++b) {
        const size_t i = indices[first + b];
        some[b].short_clip = ssize(clips[i]) < fit_samples(fit);
        some[b].silent = std::all_of(clips[i].begin(), clips[i].end(), [](float x) { return x == 0.0f; });
        scores[i] = std::move(some[b]);
      }
      first += batch;
    }
  }
  return scores;
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
