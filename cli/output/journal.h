// What of a run is done, in a file beside its output, so that a run that was ended in any way can go on.
//
//   serene journal 1
//   pid 0000012345            whose run it is while the output is locked
//   {"model":...}             what the rows depend on besides the inputs
//   KEY - END CHECK           an input whose rows end there in the output; journal_entry.h
//
// Where vectors are kept beside the rows (npy_file.h), they are written before the rows, and the check has
// them in it.
//
// An entry is written after its rows, without waiting for the disk. One whose key no input has, undone(), is
// of rows that failed for want of memory: its input is done again, and they are taken out. When a run goes
// on, every row is read and compared with its entry; from the first that differs, which is where a crash cut
// in, both files are cut off.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/base/file_io.h"
#include "cli/output/done_inputs.h"
#include "cli/output/journal_reader.h"
#include "cli/output/missing_inputs.h"
#include "cli/output/npy_file.h"

namespace serene::cli {

// Beside the file that `output` names in the end, whatever links lead there.
std::string journal_path(const std::string& output);
// Whose run the journal is, for the message that refuses another; nothing where it does not say.
std::optional<int64_t> journal_pid(const std::string& path);

class Journal {
 public:
  // Opens or makes the journal of `output`, an existing file that this run has locked, and says so in it.
  // Throws Stop(kExitOutput) where it cannot, or where a file of that name is no journal.
  explicit Journal(const std::string& output);
  // One that was made here and never started goes again.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Before what follows: rows have vectors, which entries vouch for as for the rows.
  void keep_vectors(RowVectors vectors) { vectors_ = std::move(vectors); }

  // A new run: forgets all. `header`: bytes in the output before the first row.
  void start(const std::string& conditions, uint64_t header);
  // An earlier run goes on: its good rows, after whose end the caller must cut the output off. Where there
  // are none, start() is due. Throws Stop(kExitUsage) where its conditions were others, or where the output
  // has rows that no journal knows. Calls `go_on` again and again, which throws where the run is to end.
  GoodRows resume(
      const std::string& conditions, std::string_view header, const std::function<void()>& go_on = [] {});

  // What the earlier run did; for one thread, which may be another than add()'s.
  DoneInputs& done() { return done_; }
  const DoneInputs& done() const { return done_; }
  // For a look at a list: every input of the earlier run, none of them seen on the list yet.
  MissingInputs missing() const { return MissingInputs(earlier_); }
  // The rows of an input of the earlier run.
  std::string rows_at(uint64_t index) const;
  // The rows of an input were written to the output and end at `end`.
  void add(const InputKey& key, bool failed, std::string_view rows, uint64_t end,
           std::span<const float> vectors = {});
  void sync();
  // Takes the rows of stale inputs out of the output, but for those that `stay` holds missing (null: no
  // such), and their vectors: the files are written anew and put in place whole. False where there was
  // nothing to take out.
  bool drop_stale(const MissingInputs* stay = nullptr);

 private:
  GoodRows read_good(int output, std::string_view header, const std::function<void()>& go_on);
  void adopt_compacted();
  std::string read_conditions() const;

  std::string output_;
  std::string name_;
  bool made_ = false;  // no such file was before, and nothing was begun in it
  FileDescriptor file_;
  uint64_t header_ = 0;   // bytes in the output before the first row
  uint64_t first_ = 0;    // where the entries begin
  uint64_t entries_ = 0;  // in all
  RowVectors vectors_;    // none are kept without a file
  JournalEntries earlier_;
  DoneInputs done_;
};

}  // namespace serene::cli
