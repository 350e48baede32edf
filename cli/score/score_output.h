// The rows of `serene score` and the journal of what is in them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "cli/output/journal.h"
#include "cli/output/npy_file.h"
#include "cli/output/output.h"
#include "cli/rows/row_text.h"
#include "cli/score/scorer.h"

namespace serene::cli {

class ScoreOutput {
 public:
  // "" is standard output. `embeddings`: a .npy file of the rows' vectors, "" for none. Opens and locks
  // without changing a row. Throws Stop(kExitOutput) as RowOutput, and Stop(kExitUsage) for a file that is or
  // is called a recording, and for `resume` without a file.
  ScoreOutput(const std::string& path, const std::string& embeddings, bool resume, bool drop_missing);

  // Throws Stop(kExitUsage) where rows or vectors would replace the file that is called `what`.
  void protect(const std::string& path, const char* what) const;
  // Looks at what an earlier run left; changes no row. `conditions`: what the rows depend on besides the
  // inputs; `width`: floats of a vector. Calls `go_on` again and again, which throws where the run is to end.
  void prepare(const RowText& text, size_t width, const std::string& conditions,
               const std::function<void()>& go_on);

  // An earlier run's rows are there, whose inputs the list should have.
  bool expects_inputs() const { return missing_.has_value(); }
  // A look at the list before the run: the input is on it. False once it has all that it should.
  bool see(const Input& input);
  // The look at the whole list is over: throws Stop(kExitUsage) where good rows would be lost by it.
  void refuse_if_missing();

  // Whether the rows of the input are there already; gives it its key. For the thread that lists.
  bool is_done(Input& input);

  // A journal says what is done.
  bool resumable() const { return journal_.has_value() && is_in_place(); }
  // Inputs whose rows an earlier run left, and how many of these are errors: all that are in the file, or
  // once complete() was called, that are still there.
  size_t kept() const { return kept_; }
  size_t kept_failed() const { return kept_failed_; }
  // Of the inputs listed so far.
  size_t done_before() const { return journal_ ? journal_->done().taken() : 0; }
  size_t done_before_failed() const { return journal_ ? journal_->done().taken_failed() : 0; }

  bool is_terminal() const { return rows_.is_terminal(); }
  // Before the first write(): empties the file, or cuts it off after the rows that stay.
  void begin();
  // Throws Stop as RowOutput::write.
  void write(const Outcome& outcome);
  // Everything listed is in the file: takes out rows of before that new ones replace, and where that was
  // asked for, of what is listed no longer.
  void complete();
  // After it: throws Stop(kExitUsage) where rows stayed of what is listed no longer, as was not seen before.
  void refuse_if_missing_stayed() const;
  // Waits until everything is on the disk. Throws Stop(kExitOutput) also where the file is no longer where it
  // was.
  void sync();

 private:
  std::string missing_text() const;
  // The path still leads to the file that the rows are in.
  bool is_in_place() const;
  void check_in_place() const;

  std::string path_, place_;  // as it was named; where links led when it was opened
  bool resume_, drop_missing_;
  RowOutput rows_;
  std::optional<NpyFile> vectors_;
  std::optional<Journal> journal_;
  std::optional<RowText> text_;
  std::string conditions_;
  std::optional<GoodRows> good_;
  std::optional<MissingInputs> missing_;
  std::string unlisted_;        // a folder of the list that could not be listed, and why
  bool replaced_ = false;       // by complete(), whose file is another one
  std::string missing_stayed_;  // the message, "" where none did
  size_t kept_ = 0, kept_failed_ = 0;
};

}  // namespace serene::cli
