#include "cli/output/done_inputs.h"

#include <algorithm>

namespace serene::cli {

void DoneInputs::count(bool failed) {
  ++taken_count_;
  if (failed) ++taken_failed_;
}

void DoneInputs::take(const Done& done) {
  taken_[done.index() - next_] = true;
  count(done.failed());
}

void DoneInputs::load_rest() {
  differs_ = true;
  taken_.resize(entries_.count() - next_);
  rest_.reserve(entries_.count() - next_);
  for (uint64_t i = next_; i < entries_.count(); ++i) {
    const JournalEntry& done = entries_.at(i);
    rest_.push_back({done.key, i * 2 + (done.failed ? 1 : 0)});
  }
  std::sort(rest_.begin(), rest_.end());
}

bool DoneInputs::take(const InputKey& key, const std::function<bool()>& can_be_opened) {
  if (!differs_) {
    if (next_ == entries_.count()) return false;
    const JournalEntry& done = entries_.at(next_);
    if (done.key == key) {
      count(done.failed);
      ++next_;
      return true;
    }
    load_rest();
  }
  auto found = std::lower_bound(rest_.begin(), rest_.end(), Done{key, 0});
  for (; found != rest_.end() && found->key == key; ++found) {
    if (taken_[found->index() - next_]) continue;
    take(*found);
    return true;
  }
  if (!can_be_opened) return false;
  // The newest, where a run was ended before it took out the rows of what had changed.
  const Done* newest = nullptr;
  found = std::lower_bound(rest_.begin(), rest_.end(), Done{{key.name, 0}, 0});
  for (; found != rest_.end() && found->key.name == key.name; ++found) {
    if (found->failed() || taken_[found->index() - next_]) continue;
    if (newest == nullptr || newest->index() < found->index()) newest = &*found;
  }
  if (newest == nullptr || can_be_opened()) return false;
  take(*newest);
  ++unopened_;
  return true;
}

bool DoneInputs::is_stale(uint64_t index) const {
  return index >= next_ && index < entries_.count() && (!differs_ || !taken_[index - next_]);
}

}  // namespace serene::cli
