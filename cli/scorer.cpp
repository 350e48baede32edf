#include "cli/scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/exit_codes.h"
#include "cli/stop.h"

namespace serene::cli {
namespace {

constexpr double kRate = SERENE_SAMPLE_RATE;

const char* code_of(serene_status status) {
  switch (status) {
    case SERENE_AUDIO_ERROR:
      return "invalid_audio";
    case SERENE_OUT_OF_MEMORY:
      return "out_of_memory";
    default:
      return "engine_failed";
  }
}

}  // namespace

Scorer::Scorer(ScoringRule rule, std::vector<std::string> labels, Score score, Done done)
    : rule_(rule), labels_(std::move(labels)), score_(std::move(score)), done_(std::move(done)) {}

Scorer::Job& Scorer::new_job(Input input) {
  Job& job = jobs_.emplace_back();
  job.head = row_head(input.path);
  job.head.update(input.carried);
  job.input = std::move(input);
  return job;
}

void Scorer::add(Input input, Recording recording) {
  Job& job = new_job(std::move(input));
  job.facts = facts_of(recording);
  job.samples = std::move(recording.samples);
  job.windows = plan_windows(job.samples.size(), rule_.window, rule_.hop);
  job.verdicts.resize(job.windows.size());
  job.silent.resize(job.windows.size());
  for (size_t i = 0; i < job.windows.size(); ++i) {
    pending_.push_back({&job, i});
    if (pending_.size() == rule_.batch * rule_.pool) score_pending();
  }
  hand_out();
}

void Scorer::add(Input input, const InputError& error) {
  new_job(std::move(input)).error = error;
  hand_out();
}

void Scorer::flush() {
  score_pending();
  hand_out();
}

void Scorer::score_pending() {
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const Pending& a, const Pending& b) { return a.window().length < b.window().length; });
  for (size_t first = 0; first < pending_.size(); first += rule_.batch) {
    score_range(first, std::min(rule_.batch, pending_.size() - first));
  }
  pending_.clear();
}

void Scorer::score_range(size_t first, size_t count) {
  std::vector<serene_clip> clips;
  for (size_t i = first; i < first + count; ++i) {
    const Window& window = pending_[i].window();
    clips.push_back({pending_[i].job->samples.data() + window.start, window.length});
  }
  std::vector<serene::Score> scores;
  try {
    scores = score_(clips);
  } catch (const Failure& failure) {
    if (failure.status() == SERENE_DEVICE_ERROR) throw Stop(kExitDevice, failure.what());
    if (count > 1) {
      for (size_t i = first; i < first + count; ++i) score_range(i, 1);
    } else if (!pending_[first].job->error) {
      pending_[first].job->error = InputError(Stage::score, code_of(failure.status()), failure.what());
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    Job& job = *pending_[first + i].job;
    if (!is_finite(scores[i]) && !job.error) {
      job.error = InputError(Stage::score, "nonfinite_result", "the model gives no finite score for it");
    }
    const size_t window = pending_[first + i].index;
    job.verdicts[window] = {std::move(scores[i].posterior), scores[i].coefficient,
                            (scores[i].flags & SERENE_CLIP_SHORT) != 0};
    job.silent[window] = (scores[i].flags & SERENE_CLIP_SILENT) != 0;
    ++job.scored;
  }
}

bool Scorer::is_finite(const serene::Score& score) const {
  return std::all_of(score.posterior.begin(), score.posterior.end(),
                     [](float p) { return std::isfinite(p); }) &&
         (!rule_.has_blend || std::isfinite(score.coefficient));
}

void Scorer::hand_out() {
  // A failed job may still have windows pending; it stays until they are gone. Pending windows are in the
  // order of their jobs.
  while (!jobs_.empty() && jobs_.front().complete() &&
         (pending_.empty() || pending_.front().job != &jobs_.front())) {
    done_(outcome(jobs_.front()));
    jobs_.pop_front();
  }
}

Outcome Scorer::outcome(Job& job) const {
  Outcome outcome;
  outcome.input = std::move(job.input);
  outcome.samples = job.samples.size();
  if (job.error) {
    outcome.rows.push_back(error_row(job.head, *job.error));
    outcome.failed = true;
    return outcome;
  }
  outcome.seconds = job.facts.seconds;
  if (rule_.window_rows) {
    for (size_t i = 0; i < job.windows.size(); ++i) {
      const Window& window = job.windows[i];
      outcome.rows.push_back(window_row(job.head, i, static_cast<double>(window.start) / kRate,
                                        static_cast<double>(window.length) / kRate, labels_, job.verdicts[i],
                                        job.silent[i]));
    }
  }
  outcome.rows.push_back(
      recording_row(job.head, job.facts, labels_, mean_verdict(job.verdicts), job.windows.size()));
  return outcome;
}

}  // namespace serene::cli
