#include "cli/output/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cli/base/exit_codes.h"
#include "cli/base/file_io.h"
#include "cli/base/stop.h"
#include "cli/output/journal.h"

namespace serene::cli {
namespace {

// O_NONBLOCK: a FIFO without a reader is an error, not a wait.
constexpr int kOpen = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

}  // namespace

RowOutput::RowOutput(const std::string& path) : name_(path.empty() ? "standard output" : path) {
  if (path.empty()) {
    fd_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd_ < 0) fail_output(name_, errno);
    return;
  }
  do {
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::open(path.c_str(), kOpen | O_EXCL, 0666);
    made_ = fd_ >= 0 ? path : "";
    if (fd_ < 0) fd_ = ::open(path.c_str(), kOpen, 0666);
    if (fd_ < 0) fail_output(name_, errno);
    struct stat status {};
    if (::fstat(fd_, &status) != 0) fail_output(name_, errno);
    is_file_ = S_ISREG(status.st_mode);
    device_ = status.st_dev;
    inode_ = status.st_ino;
  } while (is_file_ && !lock(path));
}

RowOutput::~RowOutput() {
  // While the lock is held: a run that waits for it looks whether the file is still in its place.
  if (!made_.empty() && is_same_file(made_)) ::unlink(made_.c_str());
  ::close(fd_);
}

bool RowOutput::is_terminal() const { return ::isatty(fd_) == 1; }

bool RowOutput::lock(const std::string& path) {
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(fd_);
    if (error != EWOULDBLOCK) fail_output(name_, error);
    const auto pid = journal_pid(journal_path(path));
    throw Stop(kExitOutput, name_ + ": another run is writing this file" +
                                (pid ? ", process " + std::to_string(*pid) : std::string()));
  }
  // The run that held it may have put a new file in its place.
  return is_same_file(path);
}

bool RowOutput::is_same_file(const std::string& path) const {
  struct stat status {};
  return is_file_ && ::stat(path.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

void RowOutput::start() { go_on_at(0); }

void RowOutput::go_on_at(uint64_t end) {
  if (!is_file_) return;
  made_.clear();
  truncate_to(fd_, end, name_);
  if (::lseek(fd_, static_cast<off_t>(end), SEEK_SET) < 0) fail_output(name_, errno);
  end_ = end;
}

void RowOutput::write(std::string_view rows) {
  size_t done = 0, pieces = 0;
  while (done < rows.size()) {
    const ssize_t written = ::write(fd_, rows.data() + done, rows.size() - done);
    if (written >= 0) {
      done += static_cast<size_t>(written);
      ++pieces;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {  // a slow reader on a non-blocking pipe
      pollfd wait{fd_, POLLOUT, 0};
      (void)::poll(&wait, 1, -1);
      continue;
    }
    const int error = errno;
    if (error == EPIPE) throw Stop(kExitBrokenPipe, "");
    if (is_file_ && done > 0) go_on_at(end_);
    if (!is_file_ && pieces == 1) take_back_shared(done);
    fail_output(name_, error);
  }
  end_ += rows.size();
}

// A descriptor from the caller may be at any place of its file, append to it and be written to by others.
// What one write() put there comes before its place, and nobody wrote after it where the file ends there.
void RowOutput::take_back_shared(size_t done) {
  struct stat status {};
  const off_t place = ::lseek(fd_, 0, SEEK_CUR);
  if (place < 0 || ::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != place) return;
  const off_t begin = place - static_cast<off_t>(done);
  if (begin < 0 || ::ftruncate(fd_, begin) != 0) return;
  (void)::lseek(fd_, begin, SEEK_SET);
}

void RowOutput::write_at(uint64_t place, std::string_view bytes) { cli::write_at(fd_, place, bytes, name_); }

void RowOutput::sync() {
  if (is_file_) sync_file(fd_, name_);
}

}  // namespace serene::cli
