#include "weights/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string_view>
#include <system_error>

#include "weights/file.h"

namespace serene::weights {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel has it

// Calls `make` with names in the folder of `path` until one is free: a negative result and EEXIST say that it
// is not. The name does not hold that of `path`, which may be as long as a name can be.
template <class Make>
int with_free_name(const std::string& path, std::string& name, Make&& make) {
  constexpr int kAttempts = 100;
  std::random_device random;
  int result = -1;
  for (int i = 0; i < kAttempts; ++i) {
    name = (fs::path(path).parent_path() / (".serene-" + std::to_string(random()) + ".part")).string();
    result = make(name.c_str());
    if (result >= 0 || errno != EEXIST) break;
  }
  if (result < 0) name.clear();
  return result;
}

std::string link_to(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// A file in `folder` that has no name yet, and that can be given one; -1 where there is no such thing.
int open_nameless(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd < 0 || ::access(link_to(fd).c_str(), F_OK) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

FileError::FileError(const std::string& path, int code)
    : FileError(path, code, std::generic_category().message(code)) {}

FileError::FileError(const std::string& path, int code, const std::string& cause)
    : Error(ErrorKind::invalid_argument, path + ": " + cause), code_(code) {}

std::string link_target(const std::string& path) {
  fs::path target = path;
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    if (!fs::is_symlink(target, error)) return target.string();
    const fs::path next = fs::read_symlink(target, error);
    if (error) throw FileError(path, error.value());
    target = target.parent_path() / next;
  }
  throw FileError(path, ELOOP);
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(link_target(path)) {
  check_replaceable();
  open_beside();
  struct stat before {};
  if (::stat(target_.c_str(), &before) == 0) {
    // The owner first, as a change of it takes bits of the mode away. Whom the system does not let may go on.
    (void)!::fchown(fd_, before.st_uid, before.st_gid);
    (void)!::fchmod(fd_, before.st_mode & 0777);
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::check_replaceable() {
  struct stat status {
  }, target{};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno != ENOENT || path_.empty()) throw FileError(path_, errno);
    return;
  }
  if (!S_ISREG(status.st_mode)) throw FileError(path_, EEXIST, not_a_file(status.st_mode));
  // Links in /proc lead to files that may have lost their names.
  if (::stat(target_.c_str(), &target) != 0 || target.st_dev != status.st_dev ||
      target.st_ino != status.st_ino) {
    throw FileError(path_, ENOENT);
  }
}

void AtomicFile::open_beside() {
  fd_ = open_nameless(fs::path(target_).parent_path());
  if (fd_ >= 0) return;
  fd_ = with_free_name(target_, temporary_, [](const char* name) {
    return ::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  });
  if (fd_ < 0) throw FileError(path_, errno);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  const int error = write_in_full(fd_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (error != 0) throw FileError(path_, error);
}

void AtomicFile::sync() {
  // EINVAL: a place that has nothing to wait for.
  if (::fsync(fd_) != 0 && errno != EINVAL) throw FileError(path_, errno);
}

// Some file systems tell of a failed write here.
void AtomicFile::close() {
  const int result = ::close(fd_);
  fd_ = -1;
  if (result != 0) throw FileError(path_, errno);
}

void AtomicFile::commit() {
  check_replaceable();
  if (temporary_.empty()) {
    const std::string self = link_to(fd_);
    const int linked = with_free_name(target_, temporary_, [&self](const char* name) {
      return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW);
    });
    if (linked < 0) throw FileError(path_, errno);
  }
  close();
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) throw FileError(path_, errno);
  temporary_.clear();
}

}  // namespace serene::weights
