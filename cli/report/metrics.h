// A run in numbers for monitoring, as Prometheus reads them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cli/base/input_error.h"
#include "cli/report/summary.h"

namespace serene::cli {

struct RunMetrics {
  RunCounts counts;
  std::map<std::pair<std::string, std::string>, size_t> errors;  // rows of this run, by stage and code
  std::optional<size_t> listed;                                  // inputs, where that is known
  double start = 0, now = 0;                                     // Unix time, seconds
  double running = 0;                                            // seconds, by a clock that is never set
  std::optional<int> exit_code;                                  // once the run is over

  void add(const InputError& error) { ++errors[{stage_name(error.stage()), error.code()}]; }
};

// The text exposition format, with HELP and TYPE; docs/cli.md names every series.
std::string metrics_text(const RunMetrics& metrics);
// How every such text begins.
inline constexpr const char* kMetricsHead = "# HELP serene_";

}  // namespace serene::cli
