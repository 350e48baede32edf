#include "cli/rows/row.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/text/base64.h"

namespace serene::cli {
namespace {

bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

// label, posterior, coefficient: the same in both kinds of row.
void add_verdict(Row& row, std::span<const std::string> labels, const Verdict& verdict) {
  const auto best = std::max_element(verdict.posterior.begin(), verdict.posterior.end());
  row["label"] = labels[static_cast<size_t>(best - verdict.posterior.begin())];
  Row posterior = Row::object();
  for (size_t k = 0; k < labels.size(); ++k) posterior[labels[k]] = shortest(verdict.posterior[k]);
  row["posterior"] = std::move(posterior);
  if (std::isfinite(verdict.coefficient)) {
    row["coefficient"] = shortest(verdict.coefficient);
  } else {
    row["coefficient"] = nullptr;
  }
}

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
  if (is_utf8(path)) {
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
  if (facts.clipping) flags.push_back("clipping");
  if (facts.truncated) flags.push_back("truncated");
  if (facts.trailing_data) flags.push_back("trailing_data");
  row["flags"] = std::move(flags);
  if (facts.clipping) row["clipped_share"] = std::round(facts.clipped_share * 1e6) / 1e6;
  if (facts.declared_seconds) row["declared_seconds"] = to_seconds(*facts.declared_seconds);
}

Row recording_row(const Row& head, const RecordingFacts& facts, std::span<const std::string> labels,
                  const Verdict& verdict, size_t windows) {
  Row row = head;
  row["seconds"] = to_seconds(facts.seconds);
  add_verdict(row, labels, verdict);
  add_flags(row, facts, verdict.short_clip);
  if (windows > 1) row["windows"] = windows;
  return row;
}

Row window_row(const Row& head, size_t index, double start, double seconds,
               std::span<const std::string> labels, const Verdict& verdict, bool silent) {
  Row row = head;
  row["window"] = index;
  row["start"] = to_seconds(start);
  row["seconds"] = to_seconds(seconds);
  add_verdict(row, labels, verdict);
  Row flags = Row::array();
  if (verdict.short_clip) flags.push_back("short");
  if (silent) flags.push_back("silence");
  row["flags"] = std::move(flags);
  return row;
}

Row error_row(const Row& head, const InputError& error) {
  Row row = head;
  row["error"] = {{"stage", stage_name(error.stage())}, {"code", error.code()}, {"message", error.what()}};
  return row;
}

std::string to_line(const Row& row) { return row.dump(-1, ' ', false, Row::error_handler_t::replace) + '\n'; }

Verdict mean_verdict(std::span<const Verdict> windows) {
  if (windows.size() == 1) return windows[0];
  std::vector<double> posterior(windows[0].posterior.size());
  double coefficient = 0;
  for (const Verdict& window : windows) {
    for (size_t k = 0; k < posterior.size(); ++k) posterior[k] += window.posterior[k];
    coefficient += window.coefficient;
  }
  const auto count = static_cast<double>(windows.size());
  Verdict mean;
  for (const double sum : posterior) mean.posterior.push_back(static_cast<float>(sum / count));
  mean.coefficient = static_cast<float>(coefficient / count);
  return mean;
}

}  // namespace serene::cli
