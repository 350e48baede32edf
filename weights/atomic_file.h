// Writing a file of which nobody ever sees half.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "kernels/common/error.h"

namespace serene::weights {

// Why a file cannot be written. what() is "<path>: <cause>".
class FileError : public Error {
 public:
  FileError(const std::string& path, int code);
  FileError(const std::string& path, int code, const std::string& cause);
  // errno.
  int code() const noexcept { return code_; }

 private:
  int code_;
};

// The file that the symbolic links at `path` lead to in the end, whether or not it is there; `path` itself
// where it is no link. Throws FileError.
std::string link_target(const std::string& path);

// Puts a new file in the place of `path` with commit(), by a rename: of a regular file, whose mode and owner
// it keeps as far as the system allows; of the file that links lead to, which stay; or of none. Without
// commit() all stays as it was. Nothing is left beside the file, not even by a process that is killed, unless
// the file system has no files without a name (O_TMPFILE).
class AtomicFile {
 public:
  // Throws FileError, as all of it does; with EEXIST for a folder, FIFO, socket or device.
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // For those that write by themselves.
  int descriptor() const { return fd_; }
  void write(std::span<const std::byte> bytes);
  // Waits until what was written is on the disk.
  void sync();
  void commit();

 private:
  void check_replaceable();
  void open_beside();
  void close();

  std::string path_, target_;
  std::string temporary_;  // "" while the file has no name, and once it has its own
  int fd_ = -1;
};

}  // namespace serene::weights
