// What launches are written down with (tests/executor/record.h): arguments of any shape, and none of them
// read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/relative_attention/relative_attention.h"

namespace serene::test {

// Nothing is read and nothing written: one piece of memory serves for everything.
class LaunchScene {
 public:
  explicit LaunchScene(int64_t c) : c_(c), memory_(size_t{1} << 18) { stream_.device = Device::executor; }

  // What a block may have.
  void give(size_t most_shared) { stream_.most_shared = most_shared; }
  const Stream& stream() const { return stream_; }
  int64_t c() const { return c_; }
  template <size_t R>
  View<float, R> map(const std::array<int64_t, R>& shape) {
    return make_view<R>(memory_.data(), shape);
  }
  View<float, 1> vector(int64_t n) { return map<1>({n}); }
  View<float, 4> frames() { return map<4>({1, 2, 3, c_}); }
  const PackedMatrix* matrix(int64_t k, int64_t n) {
    PackedMatrix& made = matrices_[{k, n}];
    if (made.data() == nullptr)
      made = PackedMatrix::from_rows(std::vector<float>(static_cast<size_t>(k * n)), n, k);
    return &made;
  }
  Workspace workspace(size_t bytes) {
    workspace_.resize(bytes);
    return workspace_;
  }
  const DistanceTable* distances(int64_t d) {
    distances_ = DistanceTable(std::vector<float>(static_cast<size_t>(17 * d)), 8, d);
    return &distances_;
  }

 private:
  int64_t c_;
  Stream stream_;
  std::vector<float> memory_;
  std::vector<std::byte> workspace_;
  std::map<std::pair<int64_t, int64_t>, PackedMatrix> matrices_;
  DistanceTable distances_;
};

// A Hopper's, an Ampere's. Each time less a few bytes, other ones each time: a device that has launched
// nothing yet, so that a case does not find what those before it have asked for.
inline constexpr size_t kMostShared[] = {227 * 1024, 163 * 1024};
class FreshDevices {
 public:
  size_t next(size_t most_shared) { return most_shared - ++times_; }

 private:
  size_t times_ = 0;
};

inline std::vector<Precision> precisions(bool precise) {
  if (!precise) return {Precision::fp32};
  return {Precision::fp32, Precision::tf32, Precision::bf16};
}

}  // namespace serene::test
