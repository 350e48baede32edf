// Reading and writing in full, by place, with EINTR seen to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace serene::cli {

// A descriptor that is closed with its owner.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Bytes read, fewer than asked for at the file's end only. Throws Stop(kExitOutput) naming `name`.
size_t read_at(int fd, uint64_t offset, std::span<char> buffer, const std::string& name);
void write_at(int fd, uint64_t offset, std::string_view bytes, const std::string& name);
uint64_t size_of(int fd, const std::string& name);
void truncate_to(int fd, uint64_t size, const std::string& name);
// Waits until what was written is on the disk.
void sync_file(int fd, const std::string& name);
[[noreturn]] void fail_output(const std::string& name, int error);

}  // namespace serene::cli
