// Which inputs with good rows of an earlier run a list has no longer, whatever has become of their files. As
// in DoneInputs memory is needed only from where the list is another one.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cli/output/journal_reader.h"

namespace serene::cli {

class MissingInputs {
 public:
  explicit MissingInputs(JournalEntries entries) : entries_(std::move(entries)) {}

  // The input of this name is on the list. False once nothing can be missing any more.
  bool see(uint64_t name);
  // The whole list was seen; before what follows.
  void close();

  uint64_t count() const { return missing_; }
  // The first of them in the journal, where there is one.
  uint64_t first() const { return first_; }
  bool is_missing(uint64_t index) const;

 private:
  void load_rest();
  void mark(uint64_t name);

  JournalEntries entries_;
  uint64_t next_ = 0;  // entries before it are on the list
  bool differs_ = false;
  std::vector<std::pair<uint64_t, uint64_t>> rest_;  // name and index of those with good rows, by name
  std::vector<bool> missing_at_;                     // of index - next_
  uint64_t missing_ = 0, first_ = 0;
};

}  // namespace serene::cli
