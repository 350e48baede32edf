#include "cli/done_inputs.h"

#include <algorithm>

#include "cli/exit_codes.h"
#include "cli/file_io.h"
#include "cli/stop.h"

namespace serene::cli {
namespace {

constexpr uint64_t kBlockEntries = 1024;

}  // namespace

void DoneInputs::set(int fd, const std::string& name, uint64_t first, uint64_t count) {
  fd_ = fd;
  name_ = name;
  first_ = first;
  count_ = count;
}

void DoneInputs::count(bool failed) {
  ++taken_count_;
  if (failed) ++taken_failed_;
}

const JournalEntry& DoneInputs::entry(uint64_t index) {
  if (index < block_start_ || index >= block_start_ + block_.size()) {
    std::vector<char> text(std::min(kBlockEntries, count_ - index) * kEntryBytes);
    const size_t got = read_at(fd_, first_ + index * kEntryBytes, text, name_);
    block_.clear();
    block_start_ = index;
    for (size_t at = 0; at + kEntryBytes <= got; at += kEntryBytes) {
      const auto parsed = parse_entry({text.data() + at, kEntryBytes});
      if (!parsed) break;
      block_.push_back(*parsed);
    }
    // Journal checked every entry when it was opened.
    if (block_.empty()) throw Stop(kExitOutput, name_ + ": changed while it was read");
  }
  return block_[index - block_start_];
}

void DoneInputs::load_rest() {
  differs_ = true;
  taken_.resize(count_ - next_);
  rest_.reserve(count_ - next_);
  for (uint64_t i = next_; i < count_; ++i) {
    const JournalEntry& done = entry(i);
    rest_.emplace_back(done.key, i * 2 + (done.failed ? 1 : 0));
  }
  std::sort(rest_.begin(), rest_.end());
}

bool DoneInputs::take(const Fingerprint& key) {
  if (!differs_) {
    if (next_ == count_) return false;
    const JournalEntry& done = entry(next_);
    if (done.key == key) {
      count(done.failed);
      ++next_;
      return true;
    }
    load_rest();
  }
  auto found = std::lower_bound(rest_.begin(), rest_.end(), std::pair(key, uint64_t{0}));
  for (; found != rest_.end() && found->first == key; ++found) {
    const uint64_t index = found->second / 2;
    if (taken_[index - next_]) continue;
    taken_[index - next_] = true;
    count(found->second % 2 == 1);
    return true;
  }
  return false;
}

bool DoneInputs::is_stale(uint64_t index) const {
  return index >= next_ && index < count_ && (!differs_ || !taken_[index - next_]);
}

}  // namespace serene::cli
