// A view and the memory it lies in.
#pragma once

#include <array>
#include <cmath>
#include <vector>

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "tests/support/guarded_buffer.h"

namespace serene::test {

// Where a (B, T, F, C) map lies: by itself; as a run of channels of a wider map with a border of frames and
// bins; with time and frequency exchanged, as attention over time sees it.
enum class Layout { dense, slice, swapped };

inline const char* layout_name(Layout layout) {
  return layout == Layout::dense ? "dense" : layout == Layout::slice ? "slice" : "swapped";
}

// Memory that is NaN wherever the view does not reach, so that what is read there shows in the result and
// what is written there is found. Copies own their memory.
template <size_t R>
class Map {
 public:
  using Index = std::array<int64_t, R>;

  explicit Map(const Index& shape) : Map(shape, shape, {}) {}
  // The view starts at index `first` of memory with the shape `outer`.
  Map(const Index& shape, const Index& outer, const Index& first)
      : buffer_(make_view<R, float>(nullptr, outer).numel()), shape_(shape) {
    stride_ = make_view<R, float>(nullptr, outer).stride;
    for (size_t i = 0; i < R; ++i) offset_ += first[i] * stride_[i];
  }
  Map(const Index& shape, Layout layout) requires(R == 4) : Map(layout_in(shape, layout)) {}

  View<float, R> view() { return {buffer_.data() + offset_, shape_, stride_}; }
  View<const float, R> view() const { return {buffer_.data() + offset_, shape_, stride_}; }

  // Row-major.
  Map& fill(const std::vector<float>& values) {
    size_t next = 0;
    for_each([&](int64_t at) { buffer_.data()[at] = values[next++]; });
    return *this;
  }
  std::vector<float> values() const {
    std::vector<float> values;
    for_each([&](int64_t at) { values.push_back(buffer_.data()[at]); });
    return values;
  }

  void expect_only_view_written() const {
    buffer_.expect_bands_untouched();
    std::vector<bool> inside(static_cast<size_t>(buffer_.count()));
    for_each([&](int64_t at) { inside[at] = true; });
    for (int64_t i = 0; i < buffer_.count(); ++i) {
      ASSERT_TRUE(inside[i] || std::isnan(buffer_.data()[i])) << "written between the rows, at " << i;
    }
  }
  // Bit for bit, gaps included.
  bool same_bits(const Map& other) const { return buffer_.same_bits(other.buffer_); }

 private:
  static Map layout_in(const Index& s, Layout layout) {
    if (layout == Layout::dense) return Map(s);
    if (layout == Layout::slice) return Map(s, {s[0], s[1] + 2, s[2] + 3, s[3] + 5}, {0, 1, 2, 3});
    Map map({s[0], s[2], s[1], s[3]});
    std::swap(map.shape_[1], map.shape_[2]);
    std::swap(map.stride_[1], map.stride_[2]);
    return map;
  }

  template <class Function>
  void for_each(Function function) const {
    Index index{};
    const int64_t total = make_view<R, float>(nullptr, shape_).numel();
    for (int64_t i = 0; i < total; ++i) {
      int64_t at = offset_;
      for (size_t d = 0; d < R; ++d) at += index[d] * stride_[d];
      function(at);
      for (size_t d = R; d-- > 0 && ++index[d] == shape_[d];) index[d] = 0;
    }
  }

  GuardedBuffer buffer_;
  Index shape_, stride_{};
  int64_t offset_ = 0;
};

// Element b of a batch as a batch of one.
template <class T, size_t R>
View<T, R> only(View<T, R> view, int64_t b) {
  view.data += b * view.stride[0];
  view.shape[0] = 1;
  return view;
}
}  // namespace serene::test
