#include "runtime/src/score_recording.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/common/error.h"
#include "runtime/recording/resample.h"
#include "runtime/recording/sample_values.h"
#include "runtime/recording/sound_windows.h"
#include "runtime/recording/track.h"
#include "serene/serene.h"

namespace serene::runtime {
namespace {

constexpr double kRate = SERENE_SAMPLE_RATE;
constexpr size_t kBlockFrames = 16384;

class RecordingRun {
 public:
  RecordingRun(const Recording& recording, const RecordingRule& rule, const ScoreClips& score_clips)
      : recording_(recording),
        rule_(rule),
        score_clips_(score_clips),
        track_(recording.rate, recording.channels, rule.channel, recording.full_scale),
        sound_(rule.windows.window, rule.windows.hop) {}

  ScoredRecording run() {
    const size_t block = kBlockFrames * static_cast<size_t>(recording_.channels);
    for (size_t first = 0; first < recording_.interleaved.size(); first += block) {
      add(first, std::min(block, recording_.interleaved.size() - first));
    }
    const size_t before = samples_.size();
    track_.finish(samples_);
    sound_.add(std::span(samples_).subspan(before));
    sound_.end();
    take_windows();
    score_pending();
    return result();
  }

 private:
  // Takes in so many of the recording's values.
  void add(size_t first, size_t count) {
    const auto values = recording_.interleaved.subspan(first, count);
    if (const auto bad = first_not_finite(values)) {
      const size_t channels = static_cast<size_t>(recording_.channels), at = first + *bad;
      throw Error(ErrorKind::audio, "frame " + std::to_string(at / channels) + ", channel " +
                                        std::to_string(at % channels) + ": the sample is not finite");
    }
    block_.assign(values.begin(), values.end());
    flush_subnormals(block_);
    const size_t before = samples_.size();
    track_.add(block_, samples_);
    sound_.add(std::span<const float>(samples_).subspan(before));
    take_windows();
    drop_samples();
  }

  void take_windows() {
    while (const auto window = sound_.next()) {
      pending_.push_back(*window);
      if (pending_.size() == rule_.batch) score_pending();
    }
  }

  // What no window needs any more.
  void drop_samples() {
    size_t needed = sound_.needed_from();
    if (!pending_.empty()) needed = std::min(needed, pending_.front().start);
    const size_t count = std::min(needed - first_, samples_.size());
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<ptrdiff_t>(count));
    first_ += count;
  }

  void score_pending() {
    if (pending_.empty()) return;
    std::vector<std::span<const float>> clips;
    for (const Window& window : pending_) {
      clips.push_back(std::span<const float>(samples_).subspan(window.start - first_, window.length));
    }
    const std::vector<ClipScore> scores = score_clips_(clips);
    for (size_t i = 0; i < scores.size(); ++i) add_score(pending_[i], scores[i]);
    pending_.clear();
  }

  void add_score(const Window& window, const ClipScore& clip) {
    WindowScore score{{}, clip.coefficient, clip.short_clip, window.length};
    for (size_t k = 0; k < clip.log_posterior.size(); ++k) score.posterior.push_back(clip.posterior(k));
    if (first_not_finite(score.posterior) || (rule_.has_blend && !std::isfinite(score.coefficient))) {
      throw Error(ErrorKind::audio, "the model gives no finite score for the window that begins at " +
                                        std::to_string(static_cast<double>(window.start) / kRate) + " s");
    }
    result_.windows.push_back(window);
    result_.scores.push_back(std::move(score));
  }

  ScoredRecording result() {
    const WaveformFlags& flags = track_.flags();
    result_.score = recording_score(result_.scores);
    result_.seconds =
        static_cast<double>(recording_.interleaved.size() / static_cast<size_t>(recording_.channels)) /
        recording_.rate;
    result_.silent = flags.silence();
    result_.clipping = flags.clipping();
    result_.clipped_share = flags.clipped_share();
    result_.silent_share = sound_.silent_share();
    return std::move(result_);
  }

  const Recording& recording_;
  const RecordingRule& rule_;
  const ScoreClips& score_clips_;
  Track track_;
  SoundWindows sound_;
  std::vector<float> block_;     // (frames, channels)
  std::vector<float> samples_;   // (N) 16 kHz, mono, those that are still needed
  size_t first_ = 0;             // which of the recording's samples_[0] is
  std::vector<Window> pending_;  // not scored yet
  ScoredRecording result_;
};

}  // namespace

ScoredRecording score_recording(const Recording& recording, const RecordingRule& rule,
                                const ScoreClips& score_clips) {
  if (recording.interleaved.empty()) throw Error(ErrorKind::audio, "no samples");
  try {
    return RecordingRun(recording, rule, score_clips).run();
  } catch (const ResampleError& error) {
    throw Error(can_resample() ? ErrorKind::audio : ErrorKind::unsupported, error.what());
  }
}

}  // namespace serene::runtime
