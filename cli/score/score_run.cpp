#include "cli/score/score_run.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/memory/shortage.h"
#include "cli/report/logging.h"
#include "cli/score/listed_inputs.h"
#include "cli/score/load_input.h"
#include "cli/score/run_clips.h"

namespace serene::cli {
namespace {

// A row waits no longer than this for others to fill its batch.
constexpr std::chrono::milliseconds kPatience{200};

StreamLimits stream_limits(const ScoreOptions& options, const ScoringRule& rule) {
  StreamLimits limits;
  limits.threads = options.decode_threads != 0
                       ? options.decode_threads
                       : std::clamp<size_t>(std::thread::hardware_concurrency() / 2, 1, 16);
  limits.recordings = 2 * (rule.batch * rule.pool + limits.threads);
  return limits;
}

}  // namespace

ScoreRun::ScoreRun(const ScoreOptions& options, const ScoringRule& rule, const RowOutputs& outputs,
                   Engine& engine, const FailureLimit& limit, const Interrupt& interrupt, ScoreOutput& output,
                   MetricsFile* metrics, size_t total)
    : options_(options),
      limit_(limit),
      interrupt_(interrupt),
      output_(output),
      metrics_(metrics),
      progress_(total, !options.quiet && !logs_json() && !output.is_terminal()),
      stream_(
          [this](const std::stop_token& stop, const auto& found) { list(stop, found); },
          [&options, window = rule.window](const Input& input) { return load_input(input, options, window); },
          stream_limits(options, rule)),
      scorer_(
          rule, outputs,
          [this, &engine, outputs](std::span<const serene_clip> clips) {
            interrupt_.end_if_any();
            return run_clips(engine, outputs, clips);
          },
          [this](const Outcome& outcome) { done(outcome); }) {
  set_kept();
}

void ScoreRun::run() {
  bool begun = false;
  for (;;) {
    interrupt_.end_if_any();
    end_if_memory_is_low();
    auto loaded = stream_.next(kPatience);
    const bool finished = !loaded && stream_.finished();
    if (!begun && (loaded || finished)) {
      if (!loaded && output_.done_before() == 0) throw_none_found();
      output_.begin();
      begun = true;
    }
    if (loaded) {
      add(std::move(*loaded));
    } else {
      scorer_.flush();
    }
    if (finished) break;
  }
  // Before rows of an earlier run are taken out of the output.
  end_if_too_many_failed(true);
  output_.complete();
  set_kept();
  output_.refuse_if_missing_stayed();
}

void ScoreRun::list(const std::stop_token& stop, const RecordingStream::Found& found) {
  PassedOver passed_over;
  list_inputs(options_.list, stop, passed_over, [&](Input input) {
    if (stop.stop_requested()) return;
    complete_input(input, options_);
    if (!output_.is_done(input)) found(std::move(input));
  });
  if (!stop.stop_requested()) passed_over.warn();
}

void ScoreRun::add(Loaded loaded) {
  if (const auto* error = std::get_if<InputError>(&loaded.result)) {
    scorer_.add(std::move(loaded.input), *error);
  } else {
    scorer_.add(std::move(loaded.input), std::move(std::get<Sound>(loaded.result)));
  }
}

void ScoreRun::done(const Outcome& outcome) {
  output_.write(outcome);
  stream_.done(outcome.samples);
  summary_.add(outcome.seconds, outcome.failed());
  publish(outcome.errors);
  progress_.set_kept(output_.done_before());
  progress_.advance(outcome.seconds);
  end_if_too_many_failed(false);
}

void ScoreRun::set_kept() {
  summary_.set_kept(output_.kept(), output_.kept_failed());
  publish({});
}

void ScoreRun::publish(std::span<const InputError> errors) {
  if (metrics_ == nullptr) return;
  metrics_->change([&](RunMetrics& metrics) {
    metrics.counts = summary_.counts();
    for (const InputError& error : errors) metrics.add(error);
  });
}

void ScoreRun::end_if_too_many_failed(bool at_end) const {
  const RunCounts& counts = summary_.counts();
  const size_t failed = counts.failed + output_.done_before_failed();
  const size_t all = counts.done + counts.failed + output_.done_before();
  if (!limit_.exceeded(failed, all, at_end)) return;
  throw Stop(kExitTooManyFailed, fmt::format("{} recording{} failed, more than --max-failures {}", failed,
                                             failed == 1 ? "" : "s", limit_.text()));
}

void ScoreRun::throw_none_found() const {
  throw Stop(kExitNoneFound, "no recordings found" + hint_for_none(options_.list));
}

}  // namespace serene::cli
