#include "runtime/src/score_recording.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/common/error.h"
#include "runtime/recording/level.h"
#include "runtime/recording/resample.h"
#include "runtime/recording/sample_values.h"
#include "runtime/recording/sound_windows.h"
#include "runtime/recording/track.h"
#include "serene/serene.h"

namespace serene::runtime {
namespace {

constexpr double kRate = SERENE_SAMPLE_RATE;
constexpr size_t kBlockFrames = 16384;

// A recording as the model's samples, block by block.
class RecordingReader {
 public:
  RecordingReader(const Recording& recording, std::optional<int> channel)
      : interleaved_(recording.interleaved),
        channels_(static_cast<size_t>(recording.channels)),
        track_(recording.rate, recording.channels, channel, recording.full_scale) {}

  // Appends what the next block gives; false once that is all.
  bool read(std::vector<float>& samples) {
    const size_t count = std::min(kBlockFrames * channels_, interleaved_.size() - begin_);
    const auto block = interleaved_.subspan(begin_, count);
    if (const auto bad = first_not_finite(block)) {
      const size_t at = begin_ + *bad;
      throw Error(ErrorKind::audio, "frame " + std::to_string(at / channels_) + ", channel " +
                                        std::to_string(at % channels_) + ": the sample is not finite");
    }
    begin_ += count;
    block_.assign(block.begin(), block.end());
    flush_subnormals(block_);
    track_.add(block_, samples);
    if (begin_ < interleaved_.size()) return true;
    track_.finish(samples);
    return false;
  }

  const WaveformFlags& flags() const { return track_.flags(); }

 private:
  std::span<const float> interleaved_;  // (frames, channels)
  size_t channels_;
  Track track_;
  size_t begin_ = 0;          // of the next block
  std::vector<float> block_;  // (frames, channels)
};

// In dB of full scale, as SoundWindows has it.
double sound_level(const Recording& recording, std::optional<int> channel) {
  RecordingReader reader(recording, channel);
  SoundWindows sound(0, 0);
  std::vector<float> samples;
  for (bool more = true; more; samples.clear()) {
    more = reader.read(samples);
    sound.add(samples);
  }
  sound.end();
  return sound.sound_level();
}

class RecordingRun {
 public:
  RecordingRun(const Recording& recording, const RecordingRule& rule, const ScoreClips& score_clips)
      : rule_(rule),
        score_clips_(score_clips),
        gain_(rule.level ? gain_to(*rule.level, sound_level(recording, rule.channel)) : 1.0f),
        reader_(recording, rule.channel),
        sound_(rule.windows.window, rule.windows.hop) {}

  ScoredRecording run() {
    for (bool more = true; more;) {
      const size_t before = samples_.size();
      more = reader_.read(samples_);
      sound_.add(std::span<const float>(samples_).subspan(before));
      if (!more) sound_.end();
      take_windows();
      drop_samples();
    }
    score_pending();
    return result();
  }

 private:
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
    std::vector<std::vector<float>> louder;
    louder.reserve(pending_.size());  // for good, as clips point into it
    for (const Window& window : pending_) {
      auto samples = std::span<const float>(samples_).subspan(window.start - first_, window.length);
      if (gain_ != 1) {
        std::vector<float>& scaled = louder.emplace_back(samples.begin(), samples.end());
        for (float& sample : scaled) sample *= gain_;
        samples = scaled;
      }
      clips.push_back(samples);
    }
    std::vector<ClipResult> scores = score_clips_(clips);
    for (size_t i = 0; i < scores.size(); ++i) add_score(pending_[i], std::move(scores[i]));
    pending_.clear();
  }

  void add_score(const Window& window, ClipResult clip) {
    WindowScore score{std::move(clip.outputs), clip.short_clip, window.length};
    if (!is_finite(score)) {
      throw Error(ErrorKind::audio, "the model gives no finite score for the window that begins at " +
                                        std::to_string(static_cast<double>(window.start) / kRate) + " s");
    }
    result_.windows.push_back(window);
    result_.scores.push_back(std::move(score));
  }

  ScoredRecording result() {
    const WaveformFlags& flags = reader_.flags();
    result_.score = recording_score(result_.scores, rule_.labels);
    result_.silent = flags.silence();
    result_.quiet = is_quiet(sound_.sound_level(), gain_);
    result_.clipping = flags.clipping();
    result_.clipped_share = flags.clipped_share();
    result_.silent_share = sound_.silent_share();
    return std::move(result_);
  }

  const RecordingRule& rule_;
  const ScoreClips& score_clips_;
  float gain_;  // of the samples where they are scored
  RecordingReader reader_;
  SoundWindows sound_;
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
    ScoredRecording scored = RecordingRun(recording, rule, score_clips).run();
    const size_t frames = recording.interleaved.size() / static_cast<size_t>(recording.channels);
    scored.seconds = static_cast<double>(frames) / recording.rate;
    return scored;
  } catch (const ResampleError& error) {
    throw Error(can_resample() ? ErrorKind::audio : ErrorKind::unsupported, error.what());
  }
}

}  // namespace serene::runtime
