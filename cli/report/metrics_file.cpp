#include "cli/report/metrics_file.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/base/exit_codes.h"
#include "cli/base/file_io.h"
#include "cli/base/start_thread.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

namespace fs = std::filesystem;

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Where links lead, as far as the path exists.
std::string resolved(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(fs::absolute(path), error);
  return error ? path : target.string();
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
    : path_(resolved(path)), temporary_(path_ + ".part") {
  const std::string rows = output.empty() ? "" : resolved(output);
  const auto is_own = [&](const std::string& file) { return file == rows || file == rows + ".journal"; };
  if (!rows.empty() && (is_own(path_) || is_own(temporary_))) {
    throw Stop(kExitUsage, "--metrics-file " + path + " is where rows or their journal go");
  }
  refuse_to_replace(path_);
  refuse_to_replace(temporary_);
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
    std::error_code ignored;
    const fs::file_status status = fs::status(path_, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status)) throw Stop(kExitOutput, path_ + ": not a file");
    {
      const FileDescriptor file(
          ::open(temporary_.c_str(),
                 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0666));
      if (file.get() < 0) fail_output(temporary_, errno);
      write_at(file.get(), 0, text, temporary_);
    }
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail_output(path_, errno);
  } catch (const Stop& failed) {
    ::unlink(temporary_.c_str());
    if (!std::exchange(warned_, true)) spdlog::warn("--metrics-file: {}", failed.what());
  }
}

}  // namespace serene::cli
