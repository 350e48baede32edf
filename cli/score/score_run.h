// One run of `serene score`, from the list to the last row.
#pragma once

#include <cstddef>
#include <serene/serene.hpp>
#include <span>
#include <stop_token>

#include "cli/base/input_error.h"
#include "cli/report/interrupt.h"
#include "cli/report/metrics_file.h"
#include "cli/report/progress.h"
#include "cli/report/summary.h"
#include "cli/rows/row.h"
#include "cli/score/failure_limit.h"
#include "cli/score/recording_stream.h"
#include "cli/score/score_options.h"
#include "cli/score/score_output.h"
#include "cli/score/scorer.h"

namespace serene::cli {

class ScoreRun {
 public:
  // All of it outlives the run; `metrics` may be null. `total`: how many inputs are listed, 0 where that is
  // not known.
  ScoreRun(const ScoreOptions& options, const ScoringRule& rule, const RowOutputs& outputs, Engine& engine,
           const FailureLimit& limit, const Interrupt& interrupt, ScoreOutput& output, MetricsFile* metrics,
           size_t total);

  // Throws Stop where the run ends before the list does.
  void run();

  // What is in the output counts, however the run ended.
  const Summary& summary() const { return summary_; }
  void clear_progress() { progress_.clear(); }

 private:
  void list(const std::stop_token& stop, const RecordingStream::Found& found);
  void add(Loaded loaded);
  void done(const Outcome& outcome);
  void set_kept();
  void publish(std::span<const InputError> errors);
  void end_if_too_many_failed(bool at_end) const;
  [[noreturn]] void throw_none_found() const;

  const ScoreOptions& options_;
  const FailureLimit& limit_;
  const Interrupt& interrupt_;
  ScoreOutput& output_;
  MetricsFile* metrics_;
  Progress progress_;
  Summary summary_;
  RecordingStream stream_;
  Scorer scorer_;
};

}  // namespace serene::cli
