#include "cli/report/standard_error_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "cli/base/start_thread.h"
#include "cli/memory/last_words.h"
#include "cli/report/log_line.h"
#include "weights/file.h"

namespace serene::cli {
namespace {

// What is printed without a line end must not fill the memory.
constexpr size_t kMaxLine = 1 << 16;

}  // namespace

StandardErrorLines::StandardErrorLines(std::function<std::string(const std::string&)> as_log_line)
    : as_log_line_(std::move(as_log_line)) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return;
  standard_error_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (standard_error_ >= 0 && ::dup2(pipe[1], STDERR_FILENO) >= 0) {
    start_reader(pipe[0]);
  } else {
    ::close(pipe[0]);
  }
  ::close(pipe[1]);
}

void StandardErrorLines::start_reader(int from) {
  try {
    reader_ = start_thread("reads messages", [&] { return std::thread([this, from] { pass_on(from); }); });
    say_as_json_to(standard_error_);
  } catch (...) {
    ::dup2(standard_error_, STDERR_FILENO);
    ::close(standard_error_);
    ::close(from);
    throw;
  }
}

StandardErrorLines::~StandardErrorLines() {
  // Closes the pipe's last writing end, which is the reader's end of file.
  if (reader_.joinable()) {
    ::dup2(standard_error_, STDERR_FILENO);
    reader_.join();
    say_as_json_to(-1);
  }
  if (standard_error_ >= 0) ::close(standard_error_);
}

void StandardErrorLines::pass_on(int from) const {
  std::array<char, 4096> block;
  std::string line;
  for (;;) {
    const ssize_t got = ::read(from, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (const char byte : std::string_view(block.data(), static_cast<size_t>(got))) {
      if (byte != '\n') line += byte;
      if (byte != '\n' && line.size() < kMaxLine) continue;
      print(line);
      line.clear();
    }
  }
  print(line);
  ::close(from);
}

void StandardErrorLines::print(const std::string& line) const {
  if (line.empty()) return;
  weights::write_in_full(standard_error_, line.starts_with(kLogLineHead) ? line + '\n' : as_log_line_(line));
}

}  // namespace serene::cli
