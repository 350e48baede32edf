// Which inputs an earlier run has finished. As long as the list is what it was, journal and list go side by
// side and nothing is held in memory; only from the first difference on are the rest of the journal's keys.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/journal_entry.h"

namespace serene::cli {

class DoneInputs {
 public:
  // The first `count` entries of the journal `fd`, which begin at `first`; before the first take().
  void set(int fd, const std::string& name, uint64_t first, uint64_t count);

  // Whether the input is done. One that is listed twice must have been done twice.
  bool take(const Fingerprint& key);
  // Of those that take() found, from any thread.
  uint64_t taken() const { return taken_count_; }
  uint64_t taken_failed() const { return taken_failed_; }
  // Done then, but listed no longer, or changed since: once the whole list went through take().
  bool is_stale(uint64_t index) const;
  uint64_t stale() const { return count_ - taken_count_; }

 private:
  const JournalEntry& entry(uint64_t index);
  void load_rest();
  void count(bool failed);

  int fd_ = -1;
  std::string name_;
  uint64_t first_ = 0, count_ = 0;
  uint64_t next_ = 0;  // entries before it are taken
  std::atomic<uint64_t> taken_count_ = 0, taken_failed_ = 0;
  std::vector<JournalEntry> block_;
  uint64_t block_start_ = 0;
  bool differs_ = false;
  std::vector<std::pair<Fingerprint, uint64_t>> rest_;  // by key; index * 2 + failed
  std::vector<bool> taken_;                             // of index - next_
};

}  // namespace serene::cli
