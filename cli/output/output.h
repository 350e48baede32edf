// Where rows go: whole rows only, whatever happens.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace serene::cli {

class RowOutput {
 public:
  // "" is standard output, by a descriptor of its own: what others print on descriptor 1 may be sent
  // elsewhere (StandardOutputGuard). Opens, and locks, a file without emptying it yet; throws
  // Stop(kExitOutput) where it cannot be written or another run holds it, with that run's process id where
  // its journal says.
  explicit RowOutput(const std::string& path);
  // A file that was made here and never started goes again: a run that could not begin leaves nothing behind.
  ~RowOutput();
  RowOutput(const RowOutput&) = delete;
  RowOutput& operator=(const RowOutput&) = delete;

  // A regular file that was named, not a pipe, a device or standard output.
  bool is_file() const { return is_file_; }
  // Rows are for people to see, and progress enough.
  bool is_terminal() const;
  // The output is the file at `path`, by device and inode.
  bool is_same_file(const std::string& path) const;
  // Empties the file: once everything else that can fail before the first row has not.
  void start();
  // Cuts the file off at `end`, where the next row goes.
  void go_on_at(uint64_t end);
  // Writes rows that belong together; where not all fit on the disk they are taken back, from standard
  // output, too, where that is a file and nobody else wrote after them. Throws Stop(kExitOutput) naming the
  // cause, Stop(kExitBrokenPipe) without a text when the reader is gone.
  void write(std::string_view rows);
  // Writes over what is in a file already.
  void write_at(uint64_t place, std::string_view bytes);
  // Where the rows written to a file end.
  uint64_t end() const { return end_; }
  // Waits until a file's rows are on the disk.
  void sync();

 private:
  // False where the file was put out of its place before it was locked.
  bool lock(const std::string& path);
  // Of rows of which `done` bytes were written to what may be a file that is shared with others.
  void take_back_shared(size_t done);

  std::string name_;
  int fd_ = -1;
  uint64_t end_ = 0;
  bool is_file_ = false;
  std::string made_;  // the path, where no file was before; "" once started
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace serene::cli
