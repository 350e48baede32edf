#include "cli/score/scoring_rule.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "runtime/recording/windows.h"

namespace serene::cli {
namespace {

// Batches to choose clips of like length from, for models that take any length: clips of one length go
// through the engine together, and of like length keep its threads equally busy.
constexpr size_t kPool = 8;
size_t to_samples(double seconds) { return static_cast<size_t>(std::llround(seconds * SERENE_SAMPLE_RATE)); }

// Which output --embeddings writes.
std::optional<size_t> vector_output(const ScoreOptions& options, const std::vector<OutputSpec>& specs) {
  if (options.embeddings.empty()) return std::nullopt;
  std::string names;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].kind != SERENE_OUTPUT_VECTOR) continue;
    if (options.embedding.empty() || specs[i].name == options.embedding) return i;
    names += (names.empty() ? "" : ", ") + specs[i].name;
  }
  if (names.empty()) throw Stop(kExitUsage, "--embeddings: the model has no output that is a vector");
  throw Stop(kExitUsage,
             "--embedding " + options.embedding + ": no vector of the model is called so; it has " + names);
}

// What a label takes, by the model and by the options. Throws Stop where the model does not say what the
// options ask for.
runtime::LabelRule label_rule(const ScoreOptions& options, const RowOutputs& outputs) {
  if (options.level_alone) {
    if (!outputs.level()) throw Stop(kExitModel, "snr: the model has no output level");
    return {};
  }
  runtime::LabelRule rule = outputs.label_rule(options.min_confidence);
  if (options.min_confidence > 0 && !rule.classes)
    throw Stop(kExitUsage, "--min-confidence: no output of the model is classes");
  if (options.min_level) {
    if (!outputs.level()) throw Stop(kExitUsage, "--min-level: the model has no output level");
    rule.speech = outputs.level();
    rule.speech_threshold = *options.min_level;
  }
  return rule;
}

}  // namespace

// What can be said before any file is opened.
void check_options(const ScoreOptions& options) {
  if (options.escape_formulas && options.format != RowFormat::csv) {
    throw Stop(kExitUsage, "--escape-formulas needs --format csv");
  }
  if (!options.embedding.empty() && options.embeddings.empty()) {
    throw Stop(kExitUsage, "--embedding needs --embeddings");
  }
  if (options.window != 0 && options.hop > options.window) {
    throw Stop(kExitUsage, "--hop is longer than --window: parts of a recording would be left out");
  }
}

ScoringRule scoring_rule(const ScoreOptions& options, const Model& model, const RowOutputs& outputs) {
  const size_t most = model.window_samples();
  ScoringRule rule;
  rule.batch = options.batch;
  rule.batch_samples = to_samples(options.batch_seconds);
  rule.pool = model.clip_samples() == 0 ? kPool : 1;
  rule.window_rows = options.window != 0 || options.hop != 0;
  const runtime::WindowLengths lengths = runtime::window_lengths(options.window, options.hop, most);
  rule.window = lengths.window;
  rule.hop = lengths.hop;
  if (options.hop != 0 && rule.window == 0) {
    throw Stop(kExitUsage, "--hop needs --window: this model scores recordings of any length as one");
  }
  const double clip_seconds = static_cast<double>(most) / SERENE_SAMPLE_RATE;
  if (most != 0 && rule.window > most) {
    throw Stop(kExitUsage, fmt::format("--window is longer than the model's clip of {} s", clip_seconds));
  }
  if (rule.hop > rule.window) {
    throw Stop(kExitUsage, fmt::format("--hop is longer than the model's clip of {} s", clip_seconds));
  }
  rule.vector = vector_output(options, outputs.specs());
  rule.labels = label_rule(options, outputs);
  return rule;
}

// A GPU computes 32 clips of one length at a time, and has the next on the way meanwhile.
size_t batch_for(const Engine& engine) {
  return std::string_view(engine.device()).starts_with("cuda") ? 64 : 8;
}

}  // namespace serene::cli
