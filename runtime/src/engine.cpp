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
    : back_end_(open_chosen(options)),
      model_(std::move(model)),
      passes_(*back_end_, options.precision, options.graph_bytes) {
  if (options.precision != Precision::fp32 && back_end_->stream().device == Device::cpu) {
    throw Error(ErrorKind::unsupported, std::string("precision ") + precision_name(options.precision) +
                                            ": the CPU computes in fp32 alone");
  }
  Memory& weights = back_end_->weights();
  on_device_ = &weights == &HostMemory::instance() ? model_ : model_->in(weights);
  back_end_->weights_are_written();
  log(SERENE_LOG_INFO, "engine: " + back_end_->name());
}

void Engine::check_can_score() const {
  if (!model_->ser)
    throw Error(ErrorKind::unsupported, model_->name + ": the model has no classifier, it can enhance only");
  if (!model_->can_score()) {
    throw Error(ErrorKind::unsupported,
                model_->name + ": the classifier needs enhanced speech, and the model has no enhancer");
  }
}

// Of each clip in turn: coefficients, then embeddings, calibrated embeddings and log posteriors.
size_t Engine::outputs_size(int64_t batch) const {
  return static_cast<size_t>(batch * (1 + 2 * model_->ser->embedding_size() + model_->ser->classes()));
}

Trnet::Outputs Engine::outputs_in(float* out, int64_t batch) const {
  const int64_t e = model_->ser->embedding_size(), k = model_->ser->classes();
  return {make_view<1>(out, {batch}), make_view<2>(out + batch, {batch, e}),
          make_view<2>(out + batch * (1 + e), {batch, e}),
          make_view<2>(out + batch * (1 + 2 * e), {batch, k})};
}

void Engine::collect(PassRunner::Running&& pass, std::span<ClipScore> scores) {
  const int64_t batch = std::ssize(scores);
  std::vector<float> results(outputs_size(batch));
  passes_.collect(std::move(pass), results);
  const Trnet::Outputs outputs = outputs_in(results.data(), batch);
  const auto row = [](const View<float, 2>& values, int64_t b) {
    const float* first = values.data + b * values.stride[0];
    return std::vector<float>(first, first + values.size(1));
  };
  for (int64_t b = 0; b < batch; ++b) {
    ClipScore& score = scores[b];
    score.coefficient =
        model_->ser->needs_enhanced() ? outputs.coefficient.data[b] : std::numeric_limits<float>::quiet_NaN();
    score.embedding = row(outputs.embedding, b);
    score.calibrated = row(outputs.calibrated, b);
    score.log_posterior = row(outputs.log_posterior, b);
  }
}

PassRunner::Running Engine::start(std::span<const std::span<const float>> clips,
                                  std::span<const size_t> indices) {
  const weights::Fit& fit = model_->config.ser->fit;
  const int64_t count = std::ssize(indices), n = fitted_size(ssize(clips[indices.front()]), fit);
  return passes_.start(
      {PassKey::Kind::score, count, n}, static_cast<size_t>(count * n),
      [&](std::span<float> input) {
        for (int64_t b = 0; b < count; ++b) fit_clip(clips[indices[b]], fit, input.subspan(b * n, n));
      },
      outputs_size(count), nullptr,
      [&](const Pass& pass, float* pcm, float* out) {
        const View<const float, 2> noisy = make_view<2, const float>(pcm, {count, n});
        View<float, 2> enhanced;
        if (on_device_->ser->needs_enhanced()) {
          enhanced = pass.arena.take<2>({count, n});
          on_device_->se->forward(pass, noisy, enhanced);
        }
        on_device_->ser->forward(pass, noisy, enhanced, outputs_in(out, count));
      });
}

void Engine::collect(std::optional<Batch>& running, std::span<const std::span<const float>> clips,
                     std::span<ClipScore> scores) {
  if (!running) return;
  Batch batch = std::move(*running);
  running.reset();
  std::vector<ClipScore> results(batch.indices.size());
  collect(std::move(batch.pass), results);
  const int64_t fitted = fit_samples(model_->config.ser->fit);
  for (size_t b = 0; b < results.size(); ++b) {
    const std::span<const float> clip = clips[batch.indices[b]];
    results[b].short_clip = ssize(clip) < fitted;
    results[b].silent = std::all_of(clip.begin(), clip.end(), [](float x) { return x == 0.0f; });
    scores[batch.indices[b]] = std::move(results[b]);
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
  std::optional<Batch> running;
  for (const auto& [samples, indices] : of_length) score_alike(clips, indices, running, scores);
  collect(running, clips, scores);
  return scores;
}

void Engine::score_alike(std::span<const std::span<const float>> clips, std::span<const size_t> indices,
                         std::optional<Batch>& running, std::span<ClipScore> scores) {
  size_t most = static_cast<size_t>(back_end_->most_clips());
  while (!indices.empty()) {
    const std::span<const size_t> batch = indices.first(std::min(most, indices.size()));
    try {
      // The next is under way before the results of the one before are looked at.
      Batch next{start(clips, batch), batch};
      collect(running, clips, scores);
      running.emplace(std::move(next));
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
  PassRunner::Running running = passes_.start(
      {PassKey::Kind::enhance, 1, n}, pcm.size(),
      [&](std::span<float> input) { std::copy(pcm.begin(), pcm.end(), input.begin()); }, enhanced.size(),
      taps,
      [&](const Pass& pass, float* in, float* out) {
        on_device_->se->forward(pass, make_view<2, const float>(in, {1, n}), make_view<2>(out, {1, n}));
      });
  passes_.collect(std::move(running), enhanced);
}

void Engine::run_trnet_features(std::span<const float> pcm, std::span<float> fbank) {
  back_end_->enter();
  const int64_t n = ssize(pcm), frames = MelBank::frames(n);
  PassRunner::Running running = passes_.start(
      {PassKey::Kind::features, 1, n}, pcm.size(),
      [&](std::span<float> input) { std::copy(pcm.begin(), pcm.end(), input.begin()); }, fbank.size(),
      nullptr,
      [&](const Pass& pass, float* in, float* out) {
        on_device_->ser->features(pass, make_view<2, const float>(in, {1, n}),
                                  make_view<3>(out, {1, frames, MelBank::kMels}));
      });
  passes_.collect(std::move(running), fbank);
}

ClipScore Engine::run_trnet(std::span<const float> noisy_fbank, std::span<const float> enhanced_fbank,
                            int64_t frames, TapSink* taps) {
  back_end_->enter();
  PassRunner::Running running = passes_.start(
      {PassKey::Kind::recognise, 1, frames}, noisy_fbank.size() + enhanced_fbank.size(),
      [&](std::span<float> input) {
        const auto enhanced = std::copy(noisy_fbank.begin(), noisy_fbank.end(), input.begin());
        std::copy(enhanced_fbank.begin(), enhanced_fbank.end(), enhanced);
      },
      outputs_size(1), taps,
      [&](const Pass& pass, float* in, float* out) {
        const std::array<int64_t, 3> shape{1, frames, MelBank::kMels};
        on_device_->ser->recognise(pass, make_view<3, const float>(in, shape),
                                   make_view<3, const float>(in + noisy_fbank.size(), shape),
                                   outputs_in(out, 1));
      });
  ClipScore score;
  collect(std::move(running), {&score, 1});
  return score;
}

}  // namespace serene::runtime
