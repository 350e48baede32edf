// Between recordings and the engine: cuts recordings into windows, fills batches with them across recordings,
// and hands the rows out in the order the recordings came in.
#pragma once

#include <serene/serene.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <serene/serene.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/audio/recording.h"
#include "cli/base/input_error.h"
#include "cli/inputs/inputs.h"
#include "cli/rows/row.h"
#include "runtime/recording/recording_score.h"
#include "runtime/recording/sound_windows.h"

namespace serene::cli {

struct ScoringRule {
  size_t window = 0;                  // samples, 0: a stretch of sound is one clip
  size_t hop = 0;                     // samples, in [1, window]
  bool window_rows = false;           // a row for each window, before the recording's
  std::optional<size_t> vector = {};  // the output whose values go besides the rows
  runtime::LabelRule labels = {};     // what a label takes
  size_t batch = 8;                   // clips in one call of the engine
  size_t batch_samples = 0;           // in one call, unless of one clip; 0: any
  size_t pool = 1;                    // batches' worth of clips to choose clips of like length from
};

// What the model says of a clip.
struct ClipOutputs {
  std::vector<std::vector<float>> values;  // in the model's order; of classes, probabilities
  uint32_t flags = 0;                      // SERENE_CLIP_*
};

// What became of one input.
struct Outcome {
  Input input;
  std::vector<Row> rows;
  std::vector<float> vectors = {};      // (rows, E), where the rule names an output; NaN where there is none
  double seconds = 0;                   // of audio that was scored, of all channels
  size_t samples = 0;                   // that it came with
  std::vector<InputError> errors = {};  // of rows, in their order
  bool failed() const { return !errors.empty(); }
};

class Scorer {
 public:
  using Score = std::function<std::vector<ClipOutputs>(std::span<const serene_clip>)>;  // may throw Failure
  using Done = std::function<void(const Outcome&)>;

  Scorer(ScoringRule rule, RowOutputs outputs, Score score, Done done);

  // Calls the engine whenever a batch is full, and `done` for what is complete. Throws Stop(kExitDevice) when
  // the device fails; a clip that cannot be scored costs its recording's row, of one channel where each is a
  // recording.
  void add(Input input, Sound sound);
  void add(Input input, const InputError& error);
  // Scores what is there without waiting for a full batch.
  void flush();

 private:
  // A recording of an input: the only one, or a channel.
  struct Part {
    Part(Row row, const ScoringRule& rule, float factor)
        : head(std::move(row)), plan(rule.window, rule.hop), gain(factor) {}
    Row head;  // what its rows begin with
    runtime::SoundWindows plan;
    float gain;                  // of the samples where they are scored
    std::vector<float> samples;  // (N), those that are still needed
    size_t first = 0;            // which of the recording's samples[0] is
    bool ended = false;
    RecordingFacts facts;  // once it has
    std::vector<runtime::Window> windows;
    std::vector<runtime::WindowScore> scores;  // one for each window
    size_t scored = 0;                         // windows
    std::optional<InputError> error;
    bool complete() const { return error || (ended && scored == windows.size()); }
  };
  struct Job {
    Input input;
    size_t held = 0;  // samples when it came
    std::vector<Part> parts;
    std::optional<InputError> error;  // of the file
    bool complete() const { return error || std::ranges::all_of(parts, &Part::complete); }
  };
  struct Pending {
    Job* job;
    Part* part;
    size_t index;  // of the window
    const runtime::Window& window() const { return part->windows[index]; }
  };

  // Takes the samples in, and the windows that are sure by now.
  void add_piece(Job& job, Sound sound);
  // What no window needs any more.
  void drop_samples(Part& part) const;
  // Cuts what is pending into batches, clips of like length together, and scores them.
  void score_pending();
  // How many of the pending from the first on go together.
  size_t batch_from(size_t first) const;
  // (N) samples of the window as they are held.
  static std::span<const float> samples_of(const Pending& pending);
  // Scores pending_[first, first + count); one by one where the whole cannot be.
  void score_range(size_t first, size_t count);
  void add_score(const Pending& pending, ClipOutputs clip);
  void hand_out();
  Outcome outcome(Job& job) const;
  void add_rows(const Part& part, Outcome& outcome) const;
  // `values` are the outputs that the row is of, none where it has no score.
  void add_row(Row row, std::span<const std::vector<float>> values, Outcome& outcome) const;

  ScoringRule rule_;
  RowOutputs outputs_;
  Score score_;
  Done done_;
  std::deque<Job> jobs_;  // a deque, as pending_ points into it
  std::vector<Pending> pending_;
};

}  // namespace serene::cli
