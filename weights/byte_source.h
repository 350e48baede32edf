// Bytes that are read where and when they are wanted: those of a file, or some in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace serene::weights {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Begins error messages: the path.
  const std::string& name() const { return name_; }
  // As it was when the source was made. A file that shrinks later gives an error, one that grows is read up
  // to here.
  uint64_t size() const { return size_; }
  // Fills `to` with the bytes from `offset` on. Throws Error(model).
  void read(uint64_t offset, std::span<std::byte> to) const;
  std::vector<std::byte> read(uint64_t offset, uint64_t size) const;

 protected:
  ByteSource(std::string name, uint64_t size) : name_(std::move(name)), size_(size) {}

 private:
  // As many bytes from `offset` on as there are at once, at least one of a range that is in the source; 0
  // where it has become shorter.
  virtual size_t read_some(uint64_t offset, std::span<std::byte> to) const = 0;

  std::string name_;
  uint64_t size_;
};

using Source = std::shared_ptr<const ByteSource>;

// A regular file: opened without blocking and checked by fstat, so that a FIFO, directory, device or symlink
// loop gives an error at once. It is read by pread, never mapped: a file that shrinks is an error and no
// SIGBUS. Throws Error(model) "<path>: <cause>".
Source open_file(const std::string& path);
// The same, but null where nothing has that name.
Source open_file_if_there(const std::string& path);
// Bytes that outlive the source.
Source in_memory(std::span<const std::byte> bytes, std::string name);
// Bytes that the source owns.
Source in_memory(std::vector<std::byte> bytes, std::string name);

}  // namespace serene::weights
