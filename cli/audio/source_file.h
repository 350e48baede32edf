// A regular file opened for reading, so that nothing an argument may name can block or run without end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace serene::cli {

class SourceFile {
 public:
  // Throws InputError(open): not_found, permission_denied, not_a_file (folder, FIFO, socket, device) or
  // open_failed. Returns at once for a FIFO without a writer.
  explicit SourceFile(const std::string& path);
  ~SourceFile();
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;

  const std::string& path() const { return path_; }
  // From now on offsets and size() count from here.
  void begin_at(int64_t offset);
  // Bytes when it was opened. What a writer appends later is not read.
  int64_t size() const { return size_; }
  // Reads at `offset` until the buffer is full or the file ends; bytes read. Throws InputError(decode,
  // read_failed).
  size_t read_at(int64_t offset, std::span<std::byte> buffer) const;

 private:
  std::string path_;
  int fd_ = -1;
  int64_t begin_ = 0;
  int64_t size_ = 0;
};

}  // namespace serene::cli
