// The C interface: recordings, and the results of scoring them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/recording/limits.h"
#include "runtime/recording/waveform_flags.h"
#include "runtime/src/capi_guard.h"
#include "runtime/src/capi_handles.h"
#include "runtime/src/capi_struct.h"
#include "runtime/src/fit.h"
#include "runtime/src/score_recording.h"
#include "serene/serene.h"

struct serene_results {
  serene::runtime::ScoredRecording recording;
  std::vector<std::string> labels;  // (K)
};

namespace {

using serene::Error;
using serene::ErrorKind;
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

Recording recording_of(const serene_recording& given) {
  using namespace serene::runtime;
  require(given.sample_rate >= kMinSampleRate && given.sample_rate <= kMaxSampleRate,
          "serene_engine_score_recording: recording.sample_rate is not in [1000, 768000]");
  require(given.channels >= 1 && given.channels <= kMaxChannels,
          "serene_engine_score_recording: recording.channels is not in [1, 64]");
  require(given.full_scale >= 0 && given.full_scale <= 1,
          "serene_engine_score_recording: recording.full_scale is not in [0, 1]");
  require(given.samples != nullptr || given.frames == 0,
          "serene_engine_score_recording: recording.samples is null");
  require(given.frames <= SIZE_MAX / sizeof(float) / given.channels,
          "serene_engine_score_recording: recording.frames is more than memory has");
  return {{given.samples, given.frames * given.channels},
          static_cast<int>(given.channels),
          static_cast<int>(given.sample_rate),
          given.full_scale == 0 ? kFloatFullScale : given.full_scale};
}

RecordingRule rule_of(const serene_recording_options& given, uint32_t channels, size_t clip_samples) {
  RecordingRule rule;
  require(given.channels <= SERENE_CHANNELS_ONE,
          "serene_engine_score_recording: options.channels is unknown");
  if (given.channels == SERENE_CHANNELS_ONE) {
    require(given.channel < channels,
            "serene_engine_score_recording: options.channel is not in the recording");
    rule.channel = static_cast<int>(given.channel);
  }
  require(is_default_or_length(given.window_seconds),
          "serene_engine_score_recording: options.window_seconds is neither 0 nor in [0.01, 86400]");
  require(is_default_or_length(given.hop_seconds),
          "serene_engine_score_recording: options.hop_seconds is neither 0 nor in [0.01, 86400]");
  rule.windows = serene::runtime::window_lengths(given.window_seconds, given.hop_seconds, clip_samples);
  require(rule.windows.window != 0 || given.hop_seconds == 0,
          "serene_engine_score_recording: options.hop_seconds needs window_seconds: the model scores any "
          "length "
          "as one");
  require(clip_samples == 0 || rule.windows.window <= clip_samples,
          "serene_engine_score_recording: options.window_seconds is longer than the model's clip");
  require(
      rule.windows.hop <= rule.windows.window,
      "serene_engine_score_recording: options.hop_seconds is longer than the window: parts of the recording "
      "would be left out");
  require(given.level >= kLowestLevel && given.level <= 0,
          "serene_engine_score_recording: options.level is not in [-60, 0]");
  if (given.level != 0) rule.level = given.level;
  return rule;
}

// The whole recording, or a window of it.
bool is_item(const serene_results& results, size_t window) {
  return window == SERENE_WHOLE_RECORDING || window < results.recording.windows.size();
}

enum class Output { posterior, coefficient };

// Throws Error(invalid_argument) where there is no such item or output.
Output output_of(const char* function, const serene_results* results, size_t window, const char* output) {
  const auto refuse = [function](const std::string& cause) {
    throw Error(ErrorKind::invalid_argument, function + (": " + cause));
  };
  if (results == nullptr || output == nullptr) refuse("results or output is null");
  if (!is_item(*results, window)) {
    refuse("no window " + std::to_string(window) + ", there are " +
           std::to_string(results->recording.windows.size()));
  }
  if (output == std::string_view("posterior")) return Output::posterior;
  if (output != std::string_view("coefficient")) {
    refuse(std::string("no output ") + output + ": there are posterior and coefficient");
  }
  return Output::coefficient;
}

const std::vector<float>& posterior_of(const serene_results& results, size_t window) {
  const serene::runtime::ScoredRecording& recording = results.recording;
  return window == SERENE_WHOLE_RECORDING ? recording.score.posterior : recording.scores[window].posterior;
}

const float& coefficient_of(const serene_results& results, size_t window) {
  const serene::runtime::ScoredRecording& recording = results.recording;
  return window == SERENE_WHOLE_RECORDING ? recording.score.coefficient
                                          : recording.scores[window].coefficient;
}

}  // namespace

extern "C" {

serene_status serene_engine_score_recording(serene_engine* engine, const serene_recording* recording,
                                            const serene_recording_options* options,
                                            serene_results** results) {
  return guarded([&] {
    require(engine != nullptr && recording != nullptr && results != nullptr,
            "serene_engine_score_recording: engine, recording or results is null");
    const serene_recording given =
        callers_struct(recording, kFirstRecording, "serene_engine_score_recording: recording");
    serene_recording_options how{};
    if (options != nullptr) {
      how = callers_struct(options, kFirstRecordingOptions, "serene_engine_score_recording: options");
    }
    serene::runtime::Engine& runs = engine->engine;
    const serene::runtime::Model& model = runs.model();
    model.require_score();
    const auto clip_samples = static_cast<size_t>(serene::runtime::fit_samples(model.config.clip));
    RecordingRule rule = rule_of(how, given.channels, clip_samples);
    rule.has_blend = model.output("coefficient").has_value();
    // Enough for a device that takes clips together, and has the next of them on the way meanwhile.
    rule.batch = std::max<size_t>(8, 2 * static_cast<size_t>(runs.back_end().most_clips()));
    auto scored = std::make_unique<serene_results>();
    scored->labels = model.outputs[model.first_classes().value()].labels;
    scored->recording = serene::runtime::score_recording(recording_of(given), rule,
                                                         [&](std::span<const std::span<const float>> clips) {
                                                           const std::lock_guard lock(engine->mutex);
                                                           return serene::runtime::score_clips(runs, clips);
                                                         });
    *results = scored.release();
  });
}

void serene_results_free(serene_results* results) { delete results; }

size_t serene_results_count(const serene_results* results) {
  return results == nullptr ? 0 : results->recording.windows.size();
}

double serene_results_start(const serene_results* results, size_t window) {
  if (window >= serene_results_count(results)) return 0;
  return static_cast<double>(results->recording.windows[window].start) / kRate;
}

double serene_results_seconds(const serene_results* results, size_t window) {
  if (results == nullptr || !is_item(*results, window)) return 0;
  if (window == SERENE_WHOLE_RECORDING) return results->recording.seconds;
  return static_cast<double>(results->recording.windows[window].length) / kRate;
}

serene_status serene_results_values(const serene_results* results, size_t window, const char* output,
                                    const float** values, size_t* count) {
  return guarded([&] {
    require(values != nullptr && count != nullptr, "serene_results_values: values or count is null");
    if (output_of("serene_results_values", results, window, output) == Output::posterior) {
      const std::vector<float>& posterior = posterior_of(*results, window);
      *values = posterior.empty() ? nullptr : posterior.data();
      *count = posterior.size();
    } else {
      const float& coefficient = coefficient_of(*results, window);
      *values = std::isnan(coefficient) ? nullptr : &coefficient;
      *count = std::isnan(coefficient) ? 0 : 1;
    }
  });
}

serene_status serene_results_text(const serene_results* results, size_t window, const char* output,
                                  const char** text) {
  return guarded([&] {
    require(text != nullptr, "serene_results_text: text is null");
    const char* found = nullptr;
    if (output_of("serene_results_text", results, window, output) == Output::posterior) {
      const std::vector<float>& posterior = posterior_of(*results, window);
      const auto best = std::max_element(posterior.begin(), posterior.end());
      if (best != posterior.end())
        found = results->labels[static_cast<size_t>(best - posterior.begin())].c_str();
    }
    *text = found;
  });
}

uint32_t serene_results_flags(const serene_results* results, size_t window) {
  if (results == nullptr || !is_item(*results, window)) return 0;
  const serene::runtime::ScoredRecording& recording = results->recording;
  if (window != SERENE_WHOLE_RECORDING) {
    return recording.scores[window].short_clip ? SERENE_CLIP_SHORT : 0;
  }
  return (recording.score.short_clip ? SERENE_CLIP_SHORT : 0) |
         (recording.silent ? SERENE_RECORDING_SILENT : 0) | (recording.quiet ? SERENE_RECORDING_QUIET : 0) |
         (recording.clipping ? SERENE_RECORDING_CLIPPING : 0);
}

double serene_results_clipped_share(const serene_results* results) {
  return results == nullptr ? 0 : results->recording.clipped_share;
}

double serene_results_silent_share(const serene_results* results) {
  return results == nullptr ? 0 : results->recording.silent_share;
}

const char* serene_results_reason(const serene_results* results) {
  return results == nullptr ? "" : serene::runtime::to_text(results->recording.score.reason);
}

}  // extern "C"
