#include "cli/report/metrics.h"

#include <serene/serene.h>
#include <spdlog/fmt/fmt.h>

namespace serene::cli {
namespace {

void describe(std::string& text, const char* name, const char* type, const char* help) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <typename Value>
void one(std::string& text, const char* name, const char* type, const char* help, Value value) {
  describe(text, name, type, help);
  text += fmt::format("{} {}\n", name, value);
}

}  // namespace

// Codes, stages and the version need no escapes.
std::string metrics_text(const RunMetrics& metrics) {
  const RunCounts& counts = metrics.counts;
  std::string text;
  describe(
      text, "serene_recordings_total", "counter",
      "Recordings whose rows are in the output: scored or failed in this run, kept from an earlier one.");
  text += fmt::format("serene_recordings_total{{result=\"scored\"}} {}\n", counts.done);
  text += fmt::format("serene_recordings_total{{result=\"failed\"}} {}\n", counts.failed);
  text += fmt::format("serene_recordings_total{{result=\"kept\"}} {}\n", counts.kept);
  one(text, "serene_recordings_kept_failed", "gauge", "Of the kept recordings those whose row is an error.",
      counts.kept_failed);
  describe(text, "serene_errors_total", "counter", "Error rows of this run.");
  for (const auto& [cause, count] : metrics.errors) {
    text +=
        fmt::format("serene_errors_total{{stage=\"{}\",code=\"{}\"}} {}\n", cause.first, cause.second, count);
  }
  one(text, "serene_audio_seconds_total", "counter", "Sound scored in this run.", counts.audio_seconds);
  if (metrics.listed) {
    one(text, "serene_recordings_listed", "gauge", "Recordings named, done or not.", *metrics.listed);
  }
  one(text, "serene_start_time_seconds", "gauge", "When the run began, Unix time.",
      fmt::format("{:.3f}", metrics.start));
  one(text, "serene_last_update_time_seconds", "gauge", "When this was written, Unix time.",
      fmt::format("{:.3f}", metrics.now));
  one(text, "serene_run_seconds", "gauge", "How long the run has taken.",
      fmt::format("{:.3f}", metrics.running));
  one(text, "serene_run_finished", "gauge", "1 once the run is over, 0 before.", metrics.exit_code ? 1 : 0);
  if (metrics.exit_code) {
    one(text, "serene_exit_code", "gauge", "Exit code of the run.", *metrics.exit_code);
  }
  describe(text, "serene_build_info", "gauge", "Which serene this is.");
  text += fmt::format("serene_build_info{{version=\"{}\"}} 1\n", serene_version());
  return text;
}

}  // namespace serene::cli
