// A journal's entries in order, and how many of them the output still bears out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/journal_entry.h"

namespace serene::cli {

class JournalReader {
 public:
  JournalReader(int fd, std::string name, uint64_t first) : fd_(fd), name_(std::move(name)), offset_(first) {}
  // Nothing at the end, and from the first text that is no entry.
  std::optional<JournalEntry> next();

 private:
  int fd_;
  std::string name_;
  uint64_t offset_;
  std::vector<char> block_;
  size_t at_ = 0;
};

// The first entries of a journal by their place, read in blocks, for those who go through them mostly in
// order.
class JournalEntries {
 public:
  JournalEntries() = default;
  JournalEntries(int fd, std::string name, uint64_t first, uint64_t count)
      : fd_(fd), name_(std::move(name)), first_(first), count_(count) {}

  uint64_t count() const { return count_; }
  // Until the next call. Throws Stop(kExitOutput) where the journal has changed meanwhile.
  const JournalEntry& at(uint64_t index);

 private:
  int fd_ = -1;
  std::string name_;
  uint64_t first_ = 0, count_ = 0;
  std::vector<JournalEntry> block_;
  uint64_t block_start_ = 0;
};

struct GoodRows {
  uint64_t entries = 0;
  uint64_t failed = 0;  // of these
  uint64_t end = 0;     // of their rows in the output
  uint64_t rows = 0;    // of them, where vectors are kept
  uint64_t lost = 0;    // entries whose rows are not as they were written
};

// The vectors of rows, as the check of an entry has them.
struct VectorsOfRows {
  std::function<uint64_t(std::string_view)> count;  // rows of a text
  std::function<std::string(uint64_t first, uint64_t count)> read;
};

// Reads each file once. None are good where the output does not begin with `header`. `vectors` may be null:
// none are kept. Calls `go_on` again and again, which throws where the run is to end.
GoodRows read_good_rows(int journal, const std::string& journal_name, uint64_t first, int output,
                        const std::string& output_name, std::string_view header, const VectorsOfRows* vectors,
                        const std::function<void()>& go_on);

}  // namespace serene::cli
