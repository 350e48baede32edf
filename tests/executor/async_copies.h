// cp.async of one thread: copies that have been asked for and not yet been waited for.
//
// Nothing is copied before the wait that makes it certain: a kernel that reads too early finds what was there
// before, as it may on a GPU on a bad day.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace serene::executor {

class AsyncCopies {
 public:
  struct Copy {
    std::byte* to;
    const std::byte* from;
    uint32_t bytes, valid;  // the rest is zero-filled
  };

  void clear() {
    copies_.clear();
    group_ends_.clear();
  }
  void add(const Copy& copy) { copies_.push_back(copy); }
  void commit() { group_ends_.push_back(copies_.size()); }
  size_t pending() const { return copies_.size(); }

  // Carries out all groups but the latest `but`; land(copy) for each copy.
  template <class Land>
  void wait(size_t but, Land&& land) {
    if (group_ends_.size() <= but) return;
    const size_t groups = group_ends_.size() - but, copies = group_ends_[groups - 1];
    for (size_t i = 0; i < copies; ++i) land(copies_[i]);
    copies_.erase(copies_.begin(), copies_.begin() + static_cast<std::ptrdiff_t>(copies));
    group_ends_.erase(group_ends_.begin(), group_ends_.begin() + static_cast<std::ptrdiff_t>(groups));
    for (size_t& end : group_ends_) end -= copies;
  }

 private:
  std::vector<Copy> copies_;
  std::vector<size_t> group_ends_;
};

}  // namespace serene::executor
