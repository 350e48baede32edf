#include "cli/output/journal_reader.h"

#include <algorithm>

#include "cli/base/exit_codes.h"
#include "cli/base/file_io.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

constexpr size_t kReadEntries = 1024;
// No recording's rows are longer, windows and all: a length that says so is damaged.
constexpr uint64_t kMaxRowsBytes = uint64_t{1} << 32;

}  // namespace

std::optional<JournalEntry> JournalReader::next() {
  if (at_ + kEntryBytes > block_.size()) {
    block_.resize(kReadEntries * kEntryBytes);
    block_.resize(read_at(fd_, offset_, block_, name_));
    offset_ += block_.size();
    at_ = 0;
    if (block_.size() < kEntryBytes) return std::nullopt;
  }
  const auto entry = parse_entry({block_.data() + at_, kEntryBytes});
  if (entry) at_ += kEntryBytes;
  return entry;
}

const JournalEntry& JournalEntries::at(uint64_t index) {
  if (index < block_start_ || index >= block_start_ + block_.size()) {
    std::vector<char> text(std::min<uint64_t>(kReadEntries, count_ - index) * kEntryBytes);
    const size_t got = read_at(fd_, first_ + index * kEntryBytes, text, name_);
    block_.clear();
    block_start_ = index;
    for (size_t at = 0; at + kEntryBytes <= got; at += kEntryBytes) {
      const auto parsed = parse_entry({text.data() + at, kEntryBytes});
      if (!parsed) break;
      block_.push_back(*parsed);
    }
    // Every entry was checked when the journal was opened.
    if (block_.empty()) throw Stop(kExitOutput, name_ + ": changed while it was read");
  }
  return block_[index - block_start_];
}

GoodRows read_good_rows(int journal, const std::string& journal_name, uint64_t first, int output,
                        const std::string& output_name, std::string_view header, const VectorsOfRows* vectors,
                        const std::function<void()>& go_on) {
  GoodRows good;
  std::vector<char> rows(header.size());
  rows.resize(read_at(output, 0, rows, output_name));
  if (std::string_view(rows.data(), rows.size()) != header) return good;
  good.end = header.size();
  JournalReader reader(journal, journal_name, first);
  const uint64_t size = size_of(output, output_name);
  bool damaged = false;
  while (const auto entry = reader.next()) {
    go_on();
    uint64_t count = 0;
    const uint64_t length = entry->end - good.end;  // wraps to a huge one where the end goes back
    damaged = damaged || length > kMaxRowsBytes || entry->end > size;
    if (!damaged) {
      rows.resize(length);
      const size_t got = read_at(output, good.end, rows, output_name);
      const std::string_view text(rows.data(), got);
      count = vectors != nullptr ? vectors->count(text) : 0;
      const std::string of_rows = vectors != nullptr ? vectors->read(good.rows, count) : "";
      damaged = rows_check(entry->key, entry->failed, text, of_rows) != entry->check;
    }
    if (damaged) {
      ++good.lost;
      continue;
    }
    good.end = entry->end;
    good.rows += count;
    ++good.entries;
    good.failed += entry->failed ? 1 : 0;
  }
  return good;
}

}  // namespace serene::cli
