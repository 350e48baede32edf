// Which inputs an earlier run has finished. As long as the list is what it was, journal and list go side by
// side and nothing is held in memory; only from the first difference on are the rest of the journal's keys.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "cli/output/journal_reader.h"

namespace serene::cli {

class DoneInputs {
 public:
  // Before the first take().
  void set(JournalEntries entries) { entries_ = std::move(entries); }

  // Whether the input is done. One that is listed twice must have been done twice. Where its file has changed
  // since and rows of it are good, `can_be_opened` is asked: rows cannot be made again of a file that is not
  // there, and stay. Without it no rows stay so.
  bool take(const InputKey& key, const std::function<bool()>& can_be_opened);
  // Of those that take() found, from any thread.
  uint64_t taken() const { return taken_count_; }
  uint64_t taken_failed() const { return taken_failed_; }
  // Of these the ones whose file cannot be opened now.
  uint64_t unopened() const { return unopened_; }
  // Done then, but listed no longer, or changed since: once the whole list went through take().
  bool is_stale(uint64_t index) const;
  uint64_t stale() const { return entries_.count() - taken_count_; }

 private:
  struct Done {
    InputKey key;
    uint64_t index_and_failed;  // index * 2 + failed
    auto operator<=>(const Done&) const = default;
    uint64_t index() const { return index_and_failed / 2; }
    bool failed() const { return index_and_failed % 2 == 1; }
  };

  void load_rest();
  void count(bool failed);
  void take(const Done& done);

  JournalEntries entries_;
  uint64_t next_ = 0;  // entries before it are taken
  std::atomic<uint64_t> taken_count_ = 0, taken_failed_ = 0, unopened_ = 0;
  bool differs_ = false;
  std::vector<Done> rest_;   // by key, then in the journal's order
  std::vector<bool> taken_;  // of index - next_
};

}  // namespace serene::cli
