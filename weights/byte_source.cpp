#include "weights/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernels/common/error.h"
#include "weights/file.h"

namespace serene::weights {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& cause) {
  throw Error(ErrorKind::model, name + ": " + cause);
}

struct Descriptor {
  int number;
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(Descriptor&& other) noexcept : number(std::exchange(other.number, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

class FileSource : public ByteSource {
 public:
  FileSource(const std::string& path, Descriptor descriptor, uint64_t size)
      : ByteSource(path, size), descriptor_(std::move(descriptor)) {}

 private:
  size_t read_some(uint64_t offset, std::span<std::byte> to) const override {
    for (;;) {
      const ssize_t got = pread(descriptor_.number, to.data(), to.size(), static_cast<off_t>(offset));
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) fail(name(), std::strerror(errno));
    }
  }

  Descriptor descriptor_;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name)
      : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}
  MemorySource(std::vector<std::byte> bytes, std::string name)
      : ByteSource(std::move(name), bytes.size()), owned_(std::move(bytes)), bytes_(owned_) {}

 private:
  size_t read_some(uint64_t offset, std::span<std::byte> to) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return to.size();
  }

  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

Source open_descriptor(const std::string& path, Descriptor descriptor) {
  struct stat status {};
  if (fstat(descriptor.number, &status) != 0) fail(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path, not_a_file(status.st_mode));
  return std::make_shared<FileSource>(path, std::move(descriptor), static_cast<uint64_t>(status.st_size));
}

int open_to_read(const std::string& path) { return open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }

}  // namespace

void ByteSource::read(uint64_t offset, std::span<std::byte> to) const {
  if (offset > size_ || to.size() > size_ - offset) fail(name_, "truncated while reading");
  while (!to.empty()) {
    const size_t got = read_some(offset, to);
    if (got == 0) fail(name_, "truncated while reading");
    offset += got;
    to = to.subspan(got);
  }
}

std::vector<std::byte> ByteSource::read(uint64_t offset, uint64_t size) const {
  // Before anything of that size is allocated.
  if (offset > size_ || size > size_ - offset) fail(name_, "truncated while reading");
  std::vector<std::byte> bytes(size);
  read(offset, bytes);
  return bytes;
}

Source open_file(const std::string& path) {
  Descriptor descriptor(open_to_read(path));
  if (descriptor.number < 0) fail(path, std::strerror(errno));
  return open_descriptor(path, std::move(descriptor));
}

Source open_file_if_there(const std::string& path) {
  Descriptor descriptor(open_to_read(path));
  if (descriptor.number < 0 && errno == ENOENT) return nullptr;
  if (descriptor.number < 0) fail(path, std::strerror(errno));
  return open_descriptor(path, std::move(descriptor));
}

Source in_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(bytes, std::move(name));
}

Source in_memory(std::vector<std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(std::move(bytes), std::move(name));
}

}  // namespace serene::weights
