#include "cli/report/metrics_file.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/base/exit_codes.h"
#include "cli/base/file_io.h"
#include "cli/base/start_thread.h"
#include "cli/base/stop.h"
#include "cli/output/output_file.h"
#include "weights/atomic_file.h"

namespace serene::cli {
namespace {

namespace fs = std::filesystem;

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Where links lead, whether or not there is a file.
std::string resolved(const std::string& path) {
  try {
    std::error_code error;
    const fs::path target = fs::weakly_canonical(fs::absolute(weights::link_target(path)), error);
    return error ? path : target.string();
  } catch (const weights::FileError&) {
    return path;  // write() tells what is wrong with it
  }
}

// A renamed file takes the place of whatever was there: of old numbers it may, of anything else not.
void refuse_to_replace(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  std::array<char, std::char_traits<char>::length(kMetricsHead)> head{};
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got == 0 || std::string_view(head.data(), head.size()) == kMetricsHead) return;
  throw Stop(kExitUsage, "--metrics-file " + path + " is no metrics file, which metrics would replace");
}

}  // namespace

MetricsFile::MetricsFile(const std::string& path, const std::string& output, std::chrono::milliseconds every)
    : path_(resolved(path)) {
  const std::string rows = output.empty() ? "" : resolved(output);
  if (!rows.empty() && (path_ == rows || path_ == rows + ".journal")) {
    throw Stop(kExitUsage, "--metrics-file " + path + " is where rows or their journal go");
  }
  refuse_to_replace(path_);
  metrics_.start = unix_time();
  write();
  const auto write_on = [this, every](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, every, [&] { return stop.stop_requested(); })) {
      lock.unlock();
      write();
      lock.lock();
    }
  };
  writer_ = start_thread("writes metrics", [&] { return std::jthread(write_on); });
}

MetricsFile::~MetricsFile() { stop(); }

void MetricsFile::stop() {
  writer_.request_stop();
  if (writer_.joinable()) writer_.join();
}

void MetricsFile::change(const std::function<void(RunMetrics&)>& how) {
  const std::lock_guard lock(mutex_);
  how(metrics_);
}

void MetricsFile::finish(int exit_code) {
  stop();
  change([exit_code](RunMetrics& metrics) { metrics.exit_code = exit_code; });
  write();
}

void MetricsFile::write() {
  std::string text;
  change([&](RunMetrics& metrics) {
    metrics.now = unix_time();
    metrics.running = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    text = metrics_text(metrics);
  });
  try {
    OutputFile file(path_);
    file.write(text);
    file.commit();
  } catch (const Stop& failed) {
    if (!std::exchange(warned_, true)) spdlog::warn("--metrics-file: {}", failed.what());
  }
}

}  // namespace serene::cli
