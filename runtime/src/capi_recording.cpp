// The C interface: recordings.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/error.h"
#include "runtime/recording/limits.h"
#include "runtime/recording/waveform_flags.h"
#include "runtime/src/capi_guard.h"
#include "runtime/src/capi_handles.h"
#include "runtime/src/capi_results.h"
#include "runtime/src/capi_struct.h"
#include "runtime/src/fit.h"
#include "runtime/src/output_values.h"
#include "runtime/src/score_recording.h"
#include "serene/serene.h"

namespace {

using serene::capi::callers_struct;
using serene::capi::guarded;
using serene::capi::require;
using serene::runtime::Recording;
using serene::runtime::RecordingRule;

constexpr double kRate = SERENE_SAMPLE_RATE;

// The structs' sizes in the release that brought them.
constexpr size_t kFirstRecording = offsetof(serene_recording, frames) + sizeof(size_t);
constexpr size_t kFirstRecordingOptions = offsetof(serene_recording_options, level) + sizeof(double);

// As the command line has them.
constexpr double kShortestSeconds = 0.01, kLongestSeconds = 86400, kLowestLevel = -60;

bool is_default_or_length(double seconds) {
  return seconds == 0 || (seconds >= kShortestSeconds && seconds <= kLongestSeconds);
}

// The function that was called, for its messages.
struct Call {
  const char* function;
  void require(bool holds, const char* what) const {
    if (!holds) throw serene::Error(serene::ErrorKind::invalid_argument, text(what));
  }
  std::string text(const char* what) const { return std::string(function) + ": " + what; }
};

// What it was given, checked.
struct Given {
  serene_recording recording{};
  serene_recording_options options{};
};

Recording recording_of(const Call& call, const serene_recording& given) {
  using namespace serene::runtime;
  call.require(given.sample_rate >= kMinSampleRate && given.sample_rate <= kMaxSampleRate,
               "recording.sample_rate is not in [1000, 768000]");
  call.require(given.channels >= 1 && given.channels <= kMaxChannels, "recording.channels is not in [1, 64]");
  call.require(given.full_scale >= 0 && given.full_scale <= 1, "recording.full_scale is not in [0, 1]");
  call.require(given.samples != nullptr || given.frames == 0, "recording.samples is null");
  call.require(given.frames <= SIZE_MAX / sizeof(float) / given.channels,
               "recording.frames is more than memory has");
  return {{given.samples, given.frames * given.channels},
          static_cast<int>(given.channels),
          static_cast<int>(given.sample_rate),
          given.full_scale == 0 ? kFloatFullScale : given.full_scale};
}

RecordingRule rule_of(const Call& call, const serene_recording_options& given, uint32_t channels,
                      size_t model_window) {
  RecordingRule rule;
  call.require(given.channels <= SERENE_CHANNELS_ONE, "options.channels is unknown");
  if (given.channels == SERENE_CHANNELS_ONE) {
    call.require(given.channel < channels, "options.channel is not in the recording");
    rule.channel = static_cast<int>(given.channel);
  }
  call.require(is_default_or_length(given.window_seconds),
               "options.window_seconds is neither 0 nor in [0.01, 86400]");
  call.require(is_default_or_length(given.hop_seconds),
               "options.hop_seconds is neither 0 nor in [0.01, 86400]");
  rule.windows = serene::runtime::window_lengths(given.window_seconds, given.hop_seconds, model_window);
  call.require(rule.windows.window != 0 || given.hop_seconds == 0,
               "options.hop_seconds needs window_seconds: the model scores any length as one");
  call.require(model_window == 0 || rule.windows.window <= model_window,
               "options.window_seconds is longer than the model's clip");
  call.require(rule.windows.hop <= rule.windows.window,
               "options.hop_seconds is longer than the window: parts of the recording would be left out");
  call.require(given.level >= kLowestLevel && given.level <= 0, "options.level is not in [-60, 0]");
  if (given.level != 0) rule.level = given.level;
  call.require(given.min_confidence >= 0 && given.min_confidence <= 1,
               "options.min_confidence is not in [0, 1]");
  rule.labels.min_confidence = given.min_confidence;
  call.require(given.min_level >= 0 && given.min_level <= 1, "options.min_level is not in [0, 1]");
  return rule;
}

// The output that min_level is about.
size_t level_of(const serene::runtime::Model& model) {
  const std::optional<size_t> level = model.output("level");
  if (!level || model.outputs[*level].kind != serene::models::OutputKind::scalar) {
    throw serene::Error(
        serene::ErrorKind::unsupported,
        model.name + ": serene_engine_score_recording: options.min_level: the model has no output level");
  }
  return *level;
}

Given given_to(const Call& call, const serene_recording* recording, const serene_recording_options* options) {
  Given given;
  given.recording = callers_struct(recording, kFirstRecording, call.text("recording").c_str());
  if (options != nullptr) {
    given.options = callers_struct(options, kFirstRecordingOptions, call.text("options").c_str());
  }
  return given;
}

uint32_t flags_of(const serene::runtime::ScoredRecording& recording) {
  return (recording.score.short_clip ? SERENE_CLIP_SHORT : 0) |
         (recording.silent ? SERENE_RECORDING_SILENT : 0) | (recording.quiet ? SERENE_RECORDING_QUIET : 0) |
         (recording.clipping ? SERENE_RECORDING_CLIPPING : 0);
}

std::unique_ptr<serene_results> results_of(serene::runtime::ScoredRecording recording,
                                           const serene::runtime::Model& model,
                                           const serene::runtime::LabelRule& rule) {
  auto results = std::make_unique<serene_results>(model);
  for (size_t i = 0; i < recording.windows.size(); ++i) {
    const serene::runtime::Window& window = recording.windows[i];
    serene::runtime::WindowScore& score = recording.scores[i];
    const char* reason = to_text(window_abstention(score, rule));
    results->items.push_back({std::move(score.outputs), score.short_clip ? SERENE_CLIP_SHORT : 0,
                              static_cast<double>(window.start) / kRate,
                              static_cast<double>(window.length) / kRate, reason});
  }
  results->clipped_share = recording.clipped_share;
  results->silent_share = recording.silent_share;
  const uint32_t flags = flags_of(recording);
  results->whole = {std::move(recording.score.outputs), flags, 0, recording.seconds,
                    to_text(recording.score.reason)};
  return results;
}

}  // namespace

extern "C" {

serene_status serene_engine_score_recording(serene_engine* engine, const serene_recording* recording,
                                            const serene_recording_options* options,
                                            serene_results** results) {
  return guarded([&] {
    require(engine != nullptr && recording != nullptr && results != nullptr,
            "serene_engine_score_recording: engine, recording or results is null");
    const Call call{"serene_engine_score_recording"};
    const auto [given, how] = given_to(call, recording, options);
    serene::runtime::Engine& runs = engine->engine;
    const serene::runtime::Model& model = runs.model();
    model.require_score();
    RecordingRule rule = rule_of(call, how, given.channels, static_cast<size_t>(model.window_samples()));
    rule.labels.classes = model.first_classes();
    rule.labels.speech = model.speech();
    if (rule.labels.speech)
      rule.labels.speech_threshold = model.outputs[*rule.labels.speech].speech_threshold;
    if (how.min_level > 0) {
      rule.labels.speech = level_of(model);
      rule.labels.speech_threshold = how.min_level;
    }
    // Enough for a device that takes clips together, and has the next of them on the way meanwhile.
    rule.batch = std::max<size_t>(8, 2 * static_cast<size_t>(runs.back_end().most_clips()));
    const auto score_clips = [&](std::span<const std::span<const float>> clips) {
      const std::lock_guard lock(engine->mutex);
      std::vector<serene::runtime::ClipResult> scored = runs.score(clips);
      for (auto& clip : scored)
        clip.outputs = serene::runtime::output_values(model.outputs, std::move(clip.outputs));
      return scored;
    };
    *results = results_of(serene::runtime::score_recording(recording_of(call, given), rule, score_clips),
                          model, rule.labels)
                   .release();
  });
}

serene_status serene_model_cut_recording(const serene_model* model, const serene_recording* recording,
                                         const serene_recording_options* options, serene_results** results) {
  return guarded([&] {
    require(model != nullptr && recording != nullptr && results != nullptr,
            "serene_model_cut_recording: model, recording or results is null");
    const Call call{"serene_model_cut_recording"};
    const auto [given, how] = given_to(call, recording, options);
    const RecordingRule rule =
        rule_of(call, how, given.channels, static_cast<size_t>(model->model->window_samples()));
    auto made = std::make_unique<serene_results>("samples");
    // What would be scored is kept instead.
    const auto keep = [&](std::span<const std::span<const float>> clips) {
      for (const std::span<const float> clip : clips)
        made->items.push_back({.outputs = {{clip.begin(), clip.end()}}});
      return std::vector<serene::runtime::ClipResult>(clips.size());
    };
    const serene::runtime::ScoredRecording cut =
        serene::runtime::score_recording(recording_of(call, given), rule, keep);
    for (size_t i = 0; i < cut.windows.size(); ++i) {
      made->items[i].start = static_cast<double>(cut.windows[i].start) / kRate;
      made->items[i].seconds = static_cast<double>(cut.windows[i].length) / kRate;
    }
    made->clipped_share = cut.clipped_share;
    made->silent_share = cut.silent_share;
    *results = made.release();
  });
}

}  // extern "C"
