#include "cli/base/file_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void fail_output(const std::string& name, int error) {
  throw Stop(kExitOutput, name + ": " + std::generic_category().message(error));
}

size_t read_at(int fd, uint64_t offset, std::span<char> buffer, const std::string& name) {
  size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got =
        ::pread(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_output(name, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

void write_at(int fd, uint64_t offset, std::string_view bytes, const std::string& name) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written =
        ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_output(name, errno);
    done += static_cast<size_t>(written);
  }
}

uint64_t size_of(int fd, const std::string& name) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail_output(name, errno);
  return static_cast<uint64_t>(status.st_size);
}

void truncate_to(int fd, uint64_t size, const std::string& name) {
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) fail_output(name, errno);
}

void sync_file(int fd, const std::string& name) {
  // EINVAL: a place that has nothing to wait for.
  if (::fsync(fd) != 0 && errno != EINVAL && errno != EROFS) fail_output(name, errno);
}

}  // namespace serene::cli
