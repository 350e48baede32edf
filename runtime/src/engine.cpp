#include "runtime/src/engine.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "kernels/common/back_ends.h"
#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/common/error.h"
#include "kernels/film/film.h"
#include "runtime/src/fit.h"
#include "runtime/src/log.h"

namespace serene::runtime {
namespace {

constexpr int64_t kRate = 16000;

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

View<const float, 2> as_batch(std::span<const float> clip) {
  return make_view<2>(clip.data(), {1, static_cast<int64_t>(clip.size())});
}

void check_samples(std::span<const float> clip, const std::string& which) {
  if (clip.empty()) throw Error(ErrorKind::audio, which + ": no samples");
  for (size_t i = 0; i < clip.size(); ++i) {
    if (!std::isfinite(clip[i])) {
      throw Error(ErrorKind::audio, which + ": sample " + std::to_string(i) + " is not finite");
    }
  }
}

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, const EngineOptions& options)
    : model_(std::move(model)), pool_(options.threads > 0 ? options.threads : usable_cores()) {
  if (options.device == EngineOptions::Choice::cuda) {
    throw Error(ErrorKind::device, "device cuda: this build has the CPU back end only");
  }
  const bool executes = options.device == EngineOptions::Choice::executor;
  if (executes && !has_back_end<FilmArgs>(Device::executor)) {
    throw Error(ErrorKind::device, "device executor: this program was not linked with it");
  }
  stream_ = {executes ? Device::executor : Device::cpu, &pool_};
  device_ = executes ? "executor" : std::string("cpu ") + cpu::vector_kernels().name;
  device_ += ", " + std::to_string(pool_.size()) + (pool_.size() == 1 ? " thread" : " threads");
  log(SERENE_LOG_INFO, "engine: " + device_);
}

template <class Forward>
void Engine::run(TapSink* taps, const Forward& forward) {
  Arena plan;
  forward(Pass{plan, stream_, taps});
  if (plan.peak() > memory_.bytes()) {
    memory_ = AlignedBuffer();  // never both at once
    memory_ = AlignedBuffer(plan.peak());
  }
  Arena arena(static_cast<std::byte*>(memory_.data()), memory_.bytes());
  // A kernel that reads what nobody wrote, or what was given back, shall show.
  if (stream_.device == Device::executor) arena.poison();
  forward(Pass{arena, stream_, taps});
}

ClipScore Engine::empty_score() const {
  ClipScore score;
  score.coefficient = std::numeric_limits<float>::quiet_NaN();
  score.embedding.resize(model_->ser->embedding_size());
  score.calibrated.resize(model_->ser->embedding_size());
  score.log_posterior.resize(model_->ser->classes());
  return score;
}

Trnet::Outputs Engine::outputs_of(ClipScore& score) {
  const auto row = [](std::vector<float>& values) {
    return make_view<2>(values.data(), {1, static_cast<int64_t>(values.size())});
  };
  return {make_view<1>(&score.coefficient, {1}), row(score.embedding), row(score.calibrated),
          row(score.log_posterior)};
}

ClipScore Engine::score_fitted(std::span<const float> clip) {
  ClipScore score = empty_score();
  const Trnet::Outputs outputs = outputs_of(score);
  run(nullptr, [&](const Pass& pass) {
    View<float, 2> enhanced;
    if (model_->ser->needs_enhanced()) {
      enhanced = pass.arena.take<2>({1, static_cast<int64_t>(clip.size())});
      model_->se->forward(pass, as_batch(clip), enhanced);
    }
    model_->ser->forward(pass, as_batch(clip), enhanced, outputs);
  });
  return score;
}

std::vector<ClipScore> Engine::score(std::span<const std::span<const float>> clips) {
  if (!model_->ser)
    throw Error(ErrorKind::unsupported, model_->name + ": the model has no classifier, it can enhance only");
  if (!model_->can_score()) {
    throw Error(ErrorKind::unsupported,
                model_->name + ": the classifier needs enhanced speech, and the model has no enhancer");
  }
  const weights::Fit& fit = model_->config.ser->fit;
  for (size_t i = 0; i < clips.size(); ++i) check_samples(clips[i], "clip " + std::to_string(i));
  std::vector<ClipScore> scores;
  for (size_t i = 0; i < clips.size(); ++i) {
    const std::span<const float> clip = clips[i];
    std::vector<float> fitted = fit_clip(clip, fit);
    if (static_cast<int64_t>(fitted.size()) < model_->ser->minimum_samples()) {
      throw Error(ErrorKind::audio, "clip " + std::to_string(i) + ": " + std::to_string(fitted.size()) +
                                        " samples, the model needs at least " +
                                        std::to_string(model_->ser->minimum_samples()));
    }
    ClipScore score = score_fitted(fitted);
    score.short_clip = static_cast<int64_t>(clip.size()) < fit_samples(fit);
    score.silent = std::all_of(clip.begin(), clip.end(), [](float x) { return x == 0.0f; });
    scores.push_back(std::move(score));
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
  run(taps, [&](const Pass& pass) {
    model_->se->forward(pass, as_batch(pcm),
                        make_view<2>(enhanced.data(), {1, static_cast<int64_t>(enhanced.size())}));
  });
}

void Engine::run_trnet_features(std::span<const float> pcm, std::span<float> fbank) {
  const int64_t frames = MelBank::frames(static_cast<int64_t>(pcm.size()));
  run(nullptr, [&](const Pass& pass) {
    model_->ser->features(pass, as_batch(pcm), make_view<3>(fbank.data(), {1, frames, MelBank::kMels}));
  });
}

ClipScore Engine::run_trnet(std::span<const float> noisy_fbank, std::span<const float> enhanced_fbank,
                            int64_t frames, TapSink* taps) {
  ClipScore score = empty_score();
  const Trnet::Outputs outputs = outputs_of(score);
  run(taps, [&](const Pass& pass) {
    model_->ser->recognise(pass, make_view<3>(noisy_fbank.data(), {1, frames, MelBank::kMels}),
                           make_view<3>(enhanced_fbank.data(), {1, frames, MelBank::kMels}), outputs);
  });
  return score;
}

}  // namespace serene::runtime
