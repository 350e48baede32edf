#include "runtime/src/profile/profile.h"

#include <serene/serene.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "kernels/common/error.h"
#include "runtime/src/fit.h"

namespace serene::runtime {
namespace {

// The engine tells an observer as long as one lives.
class Watch {
 public:
  Watch(Engine& engine, Observer& observer) : engine_(engine) { engine_.observe(&observer); }
  ~Watch() { engine_.observe(nullptr); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Engine& engine_;
};

// A tone in noise, the same on every machine: no value is special, none denormal.
std::vector<float> signal(int64_t samples, uint32_t seed) {
  std::vector<float> clip(static_cast<size_t>(samples));
  for (size_t i = 0; i < clip.size(); ++i) {
    seed = seed * 1664525u + 1013904223u;
    const float noise = static_cast<float>(seed >> 8) / 16777216.0f - 0.5f;
    clip[i] = 0.2f * static_cast<float>(std::sin(0.07 * static_cast<double>(i))) + 0.05f * noise;
  }
  return clip;
}

void run_once(Engine& engine, const std::vector<std::vector<float>>& clips, Observer& observer) {
  const ObserverScope pass(&observer, "pass");
  // A recogniser that lacks its enhancer is refused by what it is for.
  if (engine.model().can_score() || !engine.model().can_enhance()) {
    const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
    engine.score(spans);
    return;
  }
  std::vector<float> enhanced;
  for (const std::vector<float>& clip : clips) {
    enhanced.resize(clip.size());
    engine.enhance(clip, enhanced);
  }
}

bool same_shape(const std::vector<Span>& a, const std::vector<Span>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Span& x, const Span& y) {
    return x.kind == y.kind && x.name == y.name && x.parent == y.parent;
  });
}

std::vector<double> durations_of(const std::vector<Span>& spans) {
  std::vector<double> durations;
  durations.reserve(spans.size());
  for (const Span& span : spans) durations.push_back(span.end - span.begin);
  return durations;
}

}  // namespace

int64_t clip_samples(const Model& model) { return model.can_score() ? fit_samples(model.config.clip) : 0; }

Profile profile(Engine& engine, const ProfileOptions& options) {
  Profile result;
  const int64_t fitted = clip_samples(engine.model());
  const double wanted = options.seconds > 0 ? options.seconds : kProfileSeconds;
  const int64_t samples =
      fitted > 0 ? fitted : std::max<int64_t>(std::llround(wanted * SERENE_SAMPLE_RATE), 1);
  result.device = engine.device();
  result.batch = options.batch;
  result.seconds = static_cast<double>(samples) / SERENE_SAMPLE_RATE;
  result.warmup = options.warmup;
  std::vector<std::vector<float>> clips;
  for (int64_t i = 0; i < options.batch; ++i) clips.push_back(signal(samples, static_cast<uint32_t>(i + 1)));

  Recorder recorder(engine.back_end().timeline());
  const Watch watch(engine, recorder);
  std::vector<std::vector<Span>> repetitions;
  for (int i = -options.warmup; i < options.repeat; ++i) {
    run_once(engine, clips, recorder);
    engine.back_end().finish();
    std::vector<Span> spans = recorder.take();
    if (i < 0) continue;
    if (!repetitions.empty() && !same_shape(spans, repetitions.front()))
      throw Error(ErrorKind::internal, "profile: a repetition ran other ops than the first");
    result.durations.push_back(durations_of(spans));
    repetitions.push_back(std::move(spans));
  }
  std::vector<size_t> order(repetitions.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return result.durations[a].front() < result.durations[b].front(); });
  result.spans = std::move(repetitions[order[(order.size() - 1) / 2]]);
  for (const Span& span : result.spans) {
    const void* kernel = span.launch.kernel;
    if (span.kind == SpanKind::kernel && !result.kernels.contains(kernel))
      result.kernels[kernel] = engine.back_end().kernel_facts(kernel);
  }
  for (Span& span : result.spans) {
    if (span.kind == SpanKind::kernel) span.name = result.kernels[span.launch.kernel].name;
  }
  return result;
}

}  // namespace serene::runtime
