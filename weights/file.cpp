#include "weights/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

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

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory, not a file";
  if (S_ISFIFO(mode)) return "is a FIFO, not a file";
  if (S_ISSOCK(mode)) return "is a socket, not a file";
  return "is a device, not a file";
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail(path, std::strerror(errno));
  const Descriptor descriptor{fd};
  struct stat status {};
  if (fstat(fd, &status) != 0) fail(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path, kind_of(status.st_mode));
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

int open_temporary(const std::string& path, std::string& temporary) {
  constexpr int kAttempts = 100;
  std::random_device random;
  for (int i = 0; i < kAttempts; ++i) {
    const std::string name = ".serene-" + std::to_string(random()) + ".part";
    temporary = (std::filesystem::path(path).parent_path() / name).string();
    const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

}  // namespace serene::weights
