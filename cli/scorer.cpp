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

// The channel stands between what part of the file a row is of and what a manifest says of it.
Row row_head(const Input& input, std::optional<int> channel) {
  Row head = cli::row_head(input.path);
  const auto is_part = [](const std::string& key) {
    return key == "id" || key == "offset" || key == "duration";
  };
  for (const auto& [key, value] : input.carried.items()) {
    if (is_part(key)) head[key] = value;
  }
  if (channel) head["channel"] = *channel;
  for (const auto& [key, value] : input.carried.items()) {
    if (!is_part(key)) head[key] = value;
  }
  return head;
}

}  // namespace

Scorer::Scorer(ScoringRule rule, std::vector<std::string> labels, Score score, Done done)
    : rule_(rule), labels_(std::move(labels)), score_(std::move(score)), done_(std::move(done)) {}

void Scorer::add(Input input, Recordings recordings) {
  Job& job = jobs_.emplace_back();
  job.parts.resize(recordings.size());  // for good, as pending_ points into it
  for (size_t i = 0; i < recordings.size(); ++i) {
    Part& part = job.parts[i];
    part.head = row_head(input, recordings[i].channel);
    part.facts = facts_of(recordings[i]);
    part.samples = std::move(recordings[i].samples);
    part.windows = plan_windows(part.samples.size(), rule_.window, rule_.hop);
    part.verdicts.resize(part.windows.size());
    part.silent.resize(part.windows.size());
  }
  job.input = std::move(input);
  for (Part& part : job.parts) {
    for (size_t i = 0; i < part.windows.size(); ++i) {
      pending_.push_back({&job, &part, i});
      if (pending_.size() == rule_.batch * rule_.pool) score_pending();
    }
  }
  hand_out();
}

void Scorer::add(Input input, const InputError& error) {
  Job& job = jobs_.emplace_back();
  Part& part = job.parts.emplace_back();
  const bool one = input.channels && input.channels->kind == Channels::Kind::one;
  part.head = row_head(input, one ? std::optional(input.channels->number) : std::nullopt);
  part.error = error;
  job.input = std::move(input);
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
    clips.push_back({pending_[i].part->samples.data() + window.start, window.length});
  }
  std::vector<serene::Score> scores;
  try {
    scores = score_(clips);
  } catch (const Failure& failure) {
    if (failure.status() == SERENE_DEVICE_ERROR) throw Stop(kExitDevice, failure.what());
    if (count > 1) {
      for (size_t i = first; i < first + count; ++i) score_range(i, 1);
    } else if (!pending_[first].part->error) {
      pending_[first].part->error = InputError(Stage::score, code_of(failure.status()), failure.what());
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    Part& part = *pending_[first + i].part;
    if (!is_finite(scores[i]) && !part.error) {
      part.error = InputError(Stage::score, "nonfinite_result", "the model gives no finite score for it");
    }
    const size_t window = pending_[first + i].index;
    part.verdicts[window] = {std::move(scores[i].posterior), scores[i].coefficient,
                             (scores[i].flags & SERENE_CLIP_SHORT) != 0};
    part.silent[window] = (scores[i].flags & SERENE_CLIP_SILENT) != 0;
    ++part.scored;
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
  for (const Part& part : job.parts) add_rows(part, outcome);
  return outcome;
}

void Scorer::add_rows(const Part& part, Outcome& outcome) const {
  outcome.samples += part.samples.size();
  if (part.error) {
    outcome.rows.push_back(error_row(part.head, *part.error));
    outcome.errors.push_back(*part.error);
    return;
  }
  outcome.seconds += part.facts.seconds;
  if (rule_.window_rows) {
    for (size_t i = 0; i < part.windows.size(); ++i) {
      const Window& window = part.windows[i];
      outcome.rows.push_back(window_row(part.head, i, static_cast<double>(window.start) / kRate,
                                        static_cast<double>(window.length) / kRate, labels_, part.verdicts[i],
                                        part.silent[i]));
    }
  }
  outcome.rows.push_back(
      recording_row(part.head, part.facts, labels_, mean_verdict(part.verdicts), part.windows.size()));
}

}  // namespace serene::cli
