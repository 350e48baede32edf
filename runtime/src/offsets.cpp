#include "runtime/src/offsets.h"

#include <algorithm>

#include "kernels/common/error.h"

namespace serene::runtime {

Ragged Offsets::add(std::span<const int64_t> lengths) {
  std::vector<int64_t>& begin = tables_.emplace_back(1, 0);
  for (const int64_t length : lengths) begin.push_back(begin.back() + length);
  size_ += begin.size();
  return {begin.data(), nullptr, std::ssize(lengths)};
}

Ragged Offsets::Reader::next(std::span<const int64_t> lengths) {
  if (next_ == offsets_.tables_.size())
    throw Error(ErrorKind::internal, "pass: clips that were not measured");
  const std::vector<int64_t>& begin = offsets_.tables_[next_++];
  bool same = begin.size() == lengths.size() + 1;
  for (size_t i = 0; same && i < lengths.size(); ++i) same = begin[i + 1] - begin[i] == lengths[i];
  if (!same) throw Error(ErrorKind::internal, "pass: clips of other lengths than were measured");
  const int64_t* on_device = on_device_ == nullptr ? nullptr : on_device_ + position_;
  position_ += begin.size();
  return {begin.data(), on_device, std::ssize(lengths)};
}

void Offsets::write(std::span<int64_t> all) const {
  auto end = all.begin();
  for (const std::vector<int64_t>& begin : tables_) end = std::copy(begin.begin(), begin.end(), end);
}

}  // namespace serene::runtime
