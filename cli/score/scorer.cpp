#include "cli/score/scorer.h"

#include <algorithm>
#include <future>
#include <limits>
#include <utility>
#include <variant>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "runtime/recording/level.h"

namespace serene::cli {
namespace {

constexpr double kRate = SERENE_SAMPLE_RATE;

const char* code_of(serene_status status) {
  switch (status) {
    case SERENE_AUDIO_ERROR:
      return "invalid_audio";
    case SERENE_OUT_OF_MEMORY:
      return kOutOfMemory;
    default:
      return "engine_failed";
  }
}

// The channel comes between what part of the file a row is of and what a manifest says of it.
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

Scorer::Scorer(ScoringRule rule, RowOutputs outputs, Score score, Done done)
    : rule_(rule), outputs_(std::move(outputs)), score_(std::move(score)), done_(std::move(done)) {}

void Scorer::add(Input input, Sound sound) {
  Job& job = jobs_.emplace_back();
  job.parts.reserve(sound.recordings.size());  // for good, as pending_ points into it
  for (const Recording& recording : sound.recordings) {
    job.parts.emplace_back(row_head(input, recording.channel), rule_, recording.gain);
    job.held += recording.samples.size();
  }
  job.input = std::move(input);
  while (sound.rest) {
    // Read on while the engine computes.
    std::future<SoundOrError> next = std::async(sound_or_error, sound.rest);
    add_piece(job, std::move(sound));
    SoundOrError result = next.get();
    if (const auto* error = std::get_if<InputError>(&result)) {
      job.error = *error;
      std::erase_if(pending_, [&job](const Pending& pending) { return pending.job == &job; });
      return hand_out();
    }
    sound = std::move(std::get<Sound>(result));
  }
  add_piece(job, std::move(sound));
  hand_out();
}

void Scorer::add_piece(Job& job, Sound sound) {
  for (size_t i = 0; i < job.parts.size(); ++i) {
    Part& part = job.parts[i];
    Recording& piece = sound.recordings[i];
    drop_samples(part);
    part.plan.add(piece.samples);
    if (part.samples.empty()) {
      part.samples = std::move(piece.samples);
    } else {
      part.samples.insert(part.samples.end(), piece.samples.begin(), piece.samples.end());
    }
    part.ended = !sound.rest;
    if (part.ended) {
      part.plan.end();
      part.facts = facts_of(piece);
      part.facts.silent_share = part.plan.silent_share();
      part.facts.quiet = runtime::is_quiet(part.plan.sound_level(), part.gain);
    }
    while (const auto window = part.plan.next()) {
      part.windows.push_back(*window);
      part.scores.emplace_back();
      pending_.push_back({&job, &part, part.windows.size() - 1});
      if (pending_.size() == rule_.batch * rule_.pool) score_pending();
    }
  }
}

void Scorer::drop_samples(Part& part) const {
  size_t needed = part.plan.needed_from();
  for (const Pending& pending : pending_) {
    if (pending.part == &part) needed = std::min(needed, pending.window().start);
  }
  const size_t count = std::min(needed - part.first, part.samples.size());
  part.samples.erase(part.samples.begin(), part.samples.begin() + static_cast<ptrdiff_t>(count));
  part.first += count;
}

void Scorer::add(Input input, const InputError& error) {
  Job& job = jobs_.emplace_back();
  job.input = std::move(input);
  job.error = error;
  hand_out();
}

void Scorer::flush() {
  score_pending();
  hand_out();
}

void Scorer::score_pending() {
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const Pending& a, const Pending& b) { return a.window().length < b.window().length; });
  for (size_t first = 0; first < pending_.size();) {
    const size_t count = batch_from(first);
    score_range(first, count);
    first += count;
  }
  pending_.clear();
}

size_t Scorer::batch_from(size_t first) const {
  const size_t most = std::min(rule_.batch, pending_.size() - first);
  if (rule_.batch_samples == 0) return most;
  size_t count = 1;
  for (size_t samples = pending_[first].window().length; count < most; ++count) {
    samples += pending_[first + count].window().length;
    if (samples > rule_.batch_samples) break;
  }
  return count;
}

std::span<const float> Scorer::samples_of(const Pending& pending) {
  const runtime::Window& window = pending.window();
  return std::span(pending.part->samples).subspan(window.start - pending.part->first, window.length);
}

void Scorer::score_range(size_t first, size_t count) {
  std::vector<serene_clip> clips;
  std::deque<std::vector<float>> louder;
  for (size_t i = first; i < first + count; ++i) {
    std::span<const float> samples = samples_of(pending_[i]);
    if (const float gain = pending_[i].part->gain; gain != 1) {
      std::vector<float>& scaled = louder.emplace_back(samples.begin(), samples.end());
      for (float& sample : scaled) sample *= gain;
      samples = scaled;
    }
    clips.push_back({samples.data(), samples.size()});
  }
  std::vector<ClipOutputs> scores;
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
  for (size_t i = 0; i < count; ++i) add_score(pending_[first + i], std::move(scores[i]));
}

void Scorer::add_score(const Pending& pending, ClipOutputs clip) {
  Part& part = *pending.part;
  runtime::WindowScore score{std::move(clip.values), (clip.flags & SERENE_CLIP_SHORT) != 0,
                             pending.window().length};
  if (!runtime::is_finite(score) && !part.error) {
    part.error = InputError(Stage::score, "nonfinite_result", "the model gives no finite score for it");
  }
  // Vectors are in no row: those of a long recording would fill the memory.
  for (size_t i = 0; i < outputs_.specs().size(); ++i) {
    if (outputs_.specs()[i].kind == SERENE_OUTPUT_VECTOR && i != rule_.vector) score.outputs[i] = {};
  }
  part.scores[pending.index] = std::move(score);
  ++part.scored;
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
  outcome.samples = job.held;
  if (job.error) {
    std::optional<int> channel;
    if (job.input.channels && job.input.channels->kind == Channels::Kind::one) {
      channel = job.input.channels->number;
    }
    add_row(error_row(row_head(job.input, channel), *job.error), {}, outcome);
    outcome.errors.push_back(*job.error);
  } else {
    for (const Part& part : job.parts) add_rows(part, outcome);
  }
  outcome.input = std::move(job.input);
  return outcome;
}

void Scorer::add_rows(const Part& part, Outcome& outcome) const {
  if (part.error) {
    add_row(error_row(part.head, *part.error), {}, outcome);
    outcome.errors.push_back(*part.error);
    return;
  }
  outcome.seconds += part.facts.seconds;
  if (rule_.window_rows) {
    for (size_t i = 0; i < part.windows.size(); ++i) {
      const runtime::Window& window = part.windows[i];
      add_row(window_row(part.head, i, static_cast<double>(window.start) / kRate,
                         static_cast<double>(window.length) / kRate, outputs_, part.scores[i],
                         window_abstention(part.scores[i], rule_.labels)),
              part.scores[i].outputs, outcome);
    }
  }
  const runtime::RecordingScore score = runtime::recording_score(part.scores, rule_.labels);
  add_row(recording_row(part.head, part.facts, outputs_, score, part.windows.size()), score.outputs, outcome);
}

void Scorer::add_row(Row row, std::span<const std::vector<float>> values, Outcome& outcome) const {
  outcome.rows.push_back(std::move(row));
  if (!rule_.vector) return;
  std::vector<float>& vectors = outcome.vectors;
  if (values.empty()) {
    vectors.resize(vectors.size() + outputs_.specs()[*rule_.vector].size,
                   std::numeric_limits<float>::quiet_NaN());
  } else {
    const std::vector<float>& vector = values[*rule_.vector];
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
}

}  // namespace serene::cli
