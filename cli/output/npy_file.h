// A .npy file of vectors, a row of it for each row of an output: NumPy's format 1.0, float32, little-endian,
// C order, shape (rows, width).
//
// Its header promises no row that is not there whole: a run that is killed leaves a file that NumPy reads,
// which may lack the last rows of the output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/base/file_io.h"
#include "cli/output/output.h"
#include "cli/output/output_file.h"

namespace serene::cli {

// What begins a file of so many rows; always as long as this.
inline constexpr size_t kNpyHeaderBytes = 128;
std::string npy_header(uint64_t rows, uint64_t width);

// Rows of a file, by their place.
class NpyReader {
 public:
  // Of a file that is not there everything lacks.
  NpyReader(const std::string& path, size_t width);
  // The file begins as one of such rows does.
  bool has_header() const;
  // The bytes of rows [first, first + count), fewer where the file ends before.
  std::string read(uint64_t first, uint64_t count) const;

 private:
  std::string name_;
  size_t width_;
  FileDescriptor file_;
};

class NpyFile {
 public:
  // Opens and locks without changing anything. Throws Stop(kExitOutput) as RowOutput, Stop(kExitUsage) for
  // what is no regular file.
  explicit NpyFile(const std::string& path);

  bool is_same_file(const std::string& path) const { return file_->is_same_file(path); }
  // Floats of a row; before what follows.
  void set_width(size_t width) { width_ = width; }
  size_t width() const { return width_; }
  const std::string& name() const { return path_; }

  // Empties the file, or cuts it off after so many rows.
  void start();
  void go_on_at(uint64_t rows);
  // Appends whole rows; they count once publish() has put them into the header. Throws Stop(kExitOutput).
  void write(std::span<const float> rows);
  void publish();
  // The rows written since publish() go again.
  void take_back() { go_on_at(rows_); }
  void sync() { file_->sync(); }
  // The path still leads to this file.
  bool is_in_place() const { return replaced_ || file_->is_same_file(place_); }

  NpyReader reader() const { return {place_, width_}; }
  // A file beside this one that a run was killed over before it had put it in this one's place.
  bool has_other() const;
  NpyReader other() const { return {other_path(), width_}; }
  // Puts it there, or removes it.
  void take_other();
  void drop_other();
  // Makes it: `write_rows` writes rows there and tells how many. Then put_other_in_place() ends the use of
  // this file.
  void make_other(const std::function<uint64_t(OutputFile&)>& write_rows);
  void put_other_in_place();

 private:
  std::string other_path() const { return place_ + ".compact"; }

  std::string path_;               // as it was named
  std::optional<RowOutput> file_;  // there always; another one after take_other()
  std::string place_;              // where links lead
  size_t width_ = 0;
  uint64_t rows_ = 0;  // in the header
  bool replaced_ = false;
};

// What keeps vectors beside rows: the file, and how many rows a text of rows is.
struct RowVectors {
  NpyFile* file = nullptr;
  std::function<uint64_t(std::string_view)> count;
};

}  // namespace serene::cli
