#include "cli/rows/row.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/text/base64.h"
#include "weights/utf8.h"

namespace serene::cli {
namespace {

using Values = std::span<const std::vector<float>>;

Row number(float value) { return std::isfinite(value) ? Row(shortest(value)) : Row(nullptr); }

const std::string& best_label(const OutputSpec& spec, std::span<const float> posterior) {
  return spec.labels[static_cast<size_t>(std::ranges::max_element(posterior) - posterior.begin())];
}

Row probabilities(const OutputSpec& spec, std::span<const float> posterior) {
  Row row = Row::object();
  for (size_t k = 0; k < spec.labels.size(); ++k) row[spec.labels[k]] = shortest(posterior[k]);
  return row;
}

// "outputs"
Row other_outputs(const RowOutputs& outputs, Values values) {
  Row row = Row::object();
  for (const size_t i : outputs.others()) {
    const OutputSpec& spec = outputs.specs()[i];
    if (spec.kind == SERENE_OUTPUT_CLASSES) {
      row[spec.name] = {{"label", best_label(spec, values[i])},
                        {"posterior", probabilities(spec, values[i])}};
    } else {
      row[spec.name] = number(values[i].front());
    }
  }
  return row;
}

// label, posterior, coefficient, level, outputs, reason: the same in both kinds of row. `values` is empty
// where nothing was scored; with a reason there is no label, whatever was.
void add_score(Row& row, const RowOutputs& outputs, Values values, runtime::Abstention reason) {
  const bool scored = !values.empty();
  if (!outputs.is_level_alone()) {
    const auto classes = scored ? outputs.classes() : std::nullopt;
    const auto coefficient = scored ? outputs.coefficient() : std::nullopt;
    const bool has_label = classes && reason == runtime::Abstention::none;
    row["label"] = has_label ? Row(best_label(*outputs.classes_spec(), values[*classes])) : Row(nullptr);
    row["posterior"] = classes ? probabilities(*outputs.classes_spec(), values[*classes]) : Row(nullptr);
    row["coefficient"] = coefficient ? number(values[*coefficient].front()) : Row(nullptr);
  }
  if (const auto level = outputs.level())
    row["level"] = scored ? number(values[*level].front()) : Row(nullptr);
  if (outputs.has_others()) row["outputs"] = scored ? other_outputs(outputs, values) : Row(nullptr);
  if (reason != runtime::Abstention::none) row["reason"] = to_text(reason);
}

double share(double value) { return std::round(value * 1e6) / 1e6; }

}  // namespace

double shortest(float value) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof(text), value);
  double wide = 0;
  std::from_chars(text, written.ptr, wide);
  return wide;
}

double to_seconds(double seconds) { return std::round(seconds * 1e6) / 1e6; }

RecordingFacts facts_of(const Recording& recording) {
  return {recording.seconds,  recording.truncated,     recording.declared_seconds, recording.silence,
          recording.clipping, recording.clipped_share, recording.trailing_data};
}

void add_path(Row& row, const std::string& key, const std::string& path) {
  if (weights::is_utf8(path)) {
    row[key] = path;
  } else {
    row[key + "_b64"] = base64(path);
  }
}

Row row_head(const std::string& path) {
  Row row;
  row["schema"] = kRowSchema;
  add_path(row, "path", path);
  return row;
}

void add_flags(Row& row, const RecordingFacts& facts, bool short_clip) {
  Row flags = Row::array();
  if (short_clip) flags.push_back("short");
  if (facts.silence) flags.push_back("silence");
  if (facts.quiet) flags.push_back("quiet");
  if (facts.clipping) flags.push_back("clipping");
  if (facts.truncated) flags.push_back("truncated");
  if (facts.trailing_data) flags.push_back("trailing_data");
  row["flags"] = std::move(flags);
  if (facts.clipping) row["clipped_share"] = share(facts.clipped_share);
  if (facts.declared_seconds) row["declared_seconds"] = to_seconds(*facts.declared_seconds);
}

Row recording_row(const Row& head, const RecordingFacts& facts, const RowOutputs& outputs,
                  const runtime::RecordingScore& score, size_t windows) {
  Row row = head;
  row["seconds"] = to_seconds(facts.seconds);
  add_score(row, outputs, score.outputs, score.reason);
  add_flags(row, facts, score.short_clip);
  if (facts.silent_share > 0) row["silent_share"] = share(facts.silent_share);
  if (windows > 1) row["windows"] = windows;
  return row;
}

Row window_row(const Row& head, size_t index, double start, double seconds, const RowOutputs& outputs,
               const runtime::WindowScore& score, runtime::Abstention reason) {
  Row row = head;
  row["window"] = index;
  row["start"] = to_seconds(start);
  row["seconds"] = to_seconds(seconds);
  add_score(row, outputs, score.outputs, reason);
  row["flags"] = Row::array();
  if (score.short_clip) row["flags"].push_back("short");
  return row;
}

Row error_row(const Row& head, const InputError& error) {
  Row row = head;
  row["error"] = {{"stage", stage_name(error.stage())}, {"code", error.code()}, {"message", error.what()}};
  return row;
}

std::string to_line(const Row& row) { return row.dump(-1, ' ', false, Row::error_handler_t::replace) + '\n'; }

}  // namespace serene::cli
