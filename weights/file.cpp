#include "weights/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/common/error.h"

namespace serene::weights {
namespace {

// The largest model is some hundred megabytes. A sparse file can claim any size without holding a byte.
constexpr off_t kLargestFile = off_t{4} << 30;

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
  throw Error(ErrorKind::model, path + ": " + cause);
}

struct Descriptor {
  int fd;
  ~Descriptor() { close(fd); }
};

}  // namespace

const char* not_a_file(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory, not a file";
  if (S_ISFIFO(mode)) return "is a FIFO, not a file";
  if (S_ISSOCK(mode)) return "is a socket, not a file";
  return "is a device, not a file";
}

std::vector<std::byte> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail(path, std::strerror(errno));
  const Descriptor descriptor{fd};
  struct stat status {};
  if (fstat(fd, &status) != 0) fail(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path, not_a_file(status.st_mode));
  if (status.st_size > kLargestFile) fail(path, "larger than 4 GiB, no model is");
  std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t got = read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, std::strerror(errno));
    if (got == 0) fail(path, "truncated while reading");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

int write_in_full(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace serene::weights
