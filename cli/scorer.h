// Between recordings and the engine: cuts recordings into windows, fills batches with them across recordings,
// and hands the rows out in the order the recordings came in.
#pragma once

#include <serene/serene.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <serene/serene.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/audio/recording.h"
#include "cli/input_error.h"
#include "cli/row.h"
#include "cli/windows.h"

namespace serene::cli {

struct ScoringRule {
  size_t window = 0;         // samples, 0: a recording is one clip
  size_t hop = 0;            // samples, in [1, window]
  bool window_rows = false;  // a row for each window, before the recording's
  bool has_blend = true;     // the model gives a coefficient
  size_t batch = 8;          // clips in one call of the engine
};

// What became of one input.
struct Outcome {
  std::string path;
  std::vector<Row> rows;
  double seconds = 0;  // of audio, 0 where it failed
  bool failed = false;
};

class Scorer {
 public:
  using Score = std::function<std::vector<serene::Score>(std::span<const serene_clip>)>;  // may throw Failure
  using Done = std::function<void(const Outcome&)>;

  Scorer(ScoringRule rule, std::vector<std::string> labels, Score score, Done done);

  // Calls the engine whenever a batch is full, and `done` for what is complete. Throws Stop(kExitDevice) when
  // the device fails; a clip that cannot be scored costs its recording's row.
  void add(const std::string& path, Recording recording);
  void add(const std::string& path, const InputError& error);
  // Scores what is left. Call it once, at the end.
  void finish();

 private:
  struct Job {
    std::string path;
    std::vector<float> samples;  // (N), freed when scored
    RecordingFacts facts;
    std::vector<Window> windows;
    std::vector<Verdict> verdicts;  // one for each window so far
    std::vector<bool> silent;       // the same
    std::optional<InputError> error;
    bool complete() const { return error || verdicts.size() == windows.size(); }
  };
  struct Pending {
    Job* job;
    Window window;
  };

  void score_pending();
  // Scores pending_[first, first + count); one by one where the whole cannot be.
  void score_range(size_t first, size_t count);
  // A posterior or coefficient that is no number must never reach a row.
  bool is_finite(const serene::Score& score) const;
  void hand_out();
  Outcome outcome(Job& job) const;

  ScoringRule rule_;
  std::vector<std::string> labels_;
  Score score_;
  Done done_;
  std::deque<Job> jobs_;  // a deque, as pending_ points into it
  std::vector<Pending> pending_;
};

}  // namespace serene::cli
