// --metrics-file: a run's numbers in a file that is always whole, for the textfile collector of Prometheus'
// node_exporter.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cli/report/metrics.h"

namespace serene::cli {

class MetricsFile {
 public:
  // Writes `path` at once and then every so often on a thread of its own, so that neither a long batch nor a
  // slow disk holds the other up. What cannot be written costs a warning, once. Throws Stop(kExitUsage) where
  // it would replace a file that is none of these, or `output` (may be "") or its journal.
  MetricsFile(const std::string& path, const std::string& output,
              std::chrono::milliseconds every = std::chrono::seconds(5));
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // From any thread.
  void change(const std::function<void(RunMetrics&)>& how);
  // The run is over: writes for the last time.
  void finish(int exit_code);

 private:
  void stop();
  void write();

  std::string path_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool warned_ = false;
  std::mutex mutex_;
  RunMetrics metrics_;
  std::condition_variable_any wake_;
  std::jthread writer_;  // last: it uses all of the above
};

}  // namespace serene::cli
