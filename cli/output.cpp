#include "cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/exit_codes.h"
#include "cli/stop.h"

namespace serene::cli {
namespace {

[[noreturn]] void fail(const std::string& name, int error) {
  throw Stop(kExitOutput, name + ": " + std::generic_category().message(error));
}

}  // namespace

RowOutput::RowOutput(const std::string& path) : name_(path.empty() ? "standard output" : path) {
  if (path.empty()) {
    fd_ = STDOUT_FILENO;
  } else {
    // O_NONBLOCK: a FIFO without a reader is an error, not a wait.
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fd_ < 0) fail(name_, errno);
  }
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail(name_, errno);
  is_file_ = S_ISREG(status.st_mode) && !path.empty();
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (is_file_ && ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(fd_);
    throw Stop(kExitOutput, name_ + ": another run is writing this file");
  }
}

RowOutput::~RowOutput() {
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

bool RowOutput::is_same_file(const std::string& path) const {
  struct stat status {};
  return is_file_ && ::stat(path.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

void RowOutput::start() {
  if (is_file_ && ::ftruncate(fd_, 0) != 0) fail(name_, errno);
}

void RowOutput::write(std::string_view row) {
  const off_t before = is_file_ ? ::lseek(fd_, 0, SEEK_CUR) : 0;
  size_t done = 0;
  while (done < row.size()) {
    const ssize_t written = ::write(fd_, row.data() + done, row.size() - done);
    if (written >= 0) {
      done += static_cast<size_t>(written);
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
    if (is_file_ && done > 0) (void)!::ftruncate(fd_, before);
    fail(name_, error);
  }
}

}  // namespace serene::cli
