#include "cli/audio/source_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cli/base/input_error.h"

namespace serene::cli {
namespace {

[[noreturn]] void refuse(int error) {
  const std::string cause = std::generic_category().message(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      throw InputError(Stage::open, "not_found", cause);
    case EACCES:
    case EPERM:
      throw InputError(Stage::open, "permission_denied", cause);
    // A socket, or a device without a driver, cannot be opened at all.
    case ENXIO:
    case ENODEV:
      throw InputError(Stage::open, "not_a_file", "a socket or device, not a file");
    default:
      throw InputError(Stage::open, "open_failed", cause);
  }
}

const char* kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "something else";
}

}  // namespace

SourceFile::SourceFile(const std::string& path) : path_(path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer. It means nothing for regular files.
  fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd_ < 0) refuse(errno);
  struct stat status {};
  if (::fstat(fd_, &status) != 0) {
    const int error = errno;
    ::close(fd_);
    refuse(error);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw InputError(Stage::open, "not_a_file", std::string(kind(status.st_mode)) + ", not a file");
  }
  size_ = status.st_size;
}

SourceFile::~SourceFile() { ::close(fd_); }

void SourceFile::begin_at(int64_t offset) {
  offset = std::clamp<int64_t>(offset, 0, size_);
  begin_ += offset;
  size_ -= offset;
}

size_t SourceFile::read_at(int64_t offset, std::span<std::byte> buffer) const {
  if (offset < 0 || offset >= size_) return 0;
  const size_t wanted = std::min(buffer.size(), static_cast<size_t>(size_ - offset));
  size_t done = 0;
  while (done < wanted) {
    const ssize_t got =
        ::pread(fd_, buffer.data() + done, wanted - done, begin_ + offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw InputError(Stage::decode, "read_failed", std::generic_category().message(errno));
    if (got == 0) break;  // the file shrank
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace serene::cli
