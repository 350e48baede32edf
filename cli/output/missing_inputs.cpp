#include "cli/output/missing_inputs.h"

#include <algorithm>

namespace serene::cli {

void MissingInputs::load_rest() {
  differs_ = true;
  missing_at_.resize(entries_.count() - next_);
  for (uint64_t i = next_; i < entries_.count(); ++i) {
    const JournalEntry& done = entries_.at(i);
    // An error row is no work that could be lost.
    if (done.failed) continue;
    rest_.emplace_back(done.key.name, i);
    missing_at_[i - next_] = true;
    ++missing_;
  }
  std::sort(rest_.begin(), rest_.end());
}

void MissingInputs::mark(uint64_t name) {
  auto found = std::lower_bound(rest_.begin(), rest_.end(), std::pair(name, uint64_t{0}));
  for (; found != rest_.end() && found->first == name; ++found) {
    // All of a name are marked at once.
    if (!missing_at_[found->second - next_]) return;
    missing_at_[found->second - next_] = false;
    --missing_;
  }
}

bool MissingInputs::see(uint64_t name) {
  if (!differs_) {
    if (next_ == entries_.count()) return false;
    if (entries_.at(next_).key.name == name) return ++next_ < entries_.count();
    load_rest();
  }
  mark(name);
  return missing_ > 0;
}

void MissingInputs::close() {
  if (!differs_ && next_ < entries_.count()) load_rest();
  // What is listed once and has rows twice is not missing.
  for (uint64_t i = 0; i < next_ && missing_ > 0; ++i) mark(entries_.at(i).key.name);
  if (missing_ == 0) return;
  first_ = next_;
  while (!missing_at_[first_ - next_]) ++first_;
}

bool MissingInputs::is_missing(uint64_t index) const {
  return differs_ && index >= next_ && index < entries_.count() && missing_at_[index - next_];
}

}  // namespace serene::cli
