// Batches of clips of different lengths.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/common/ragged.h"
#include "tests/support/op_test.h"

namespace serene::test {

class RaggedClips {
 public:
  explicit RaggedClips(const std::vector<int64_t>& lengths) : begin_(1, 0) {
    for (int64_t length : lengths) begin_.push_back(begin_.back() + length);
  }
  Ragged get() const { return {begin_.data(), nullptr, clips()}; }
  int64_t clips() const { return static_cast<int64_t>(begin_.size()) - 1; }
  int64_t rows() const { return begin_.back(); }
  int64_t begin(int64_t clip) const { return begin_[clip]; }
  int64_t length(int64_t clip) const { return begin_[clip + 1] - begin_[clip]; }

 private:
  std::vector<int64_t> begin_;
};

// "3_0_33"
inline std::string lengths_name(const std::vector<int64_t>& lengths) {
  std::string name;
  for (int64_t length : lengths) name += (name.empty() ? "" : "_") + std::to_string(length);
  return name.empty() ? "none" : name;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// run(threads, first clip, clips) gives the rows of these clips: the same for every number of threads, and
// for each clip alone as in the batch.
template <class Run>
void expect_same_alone(Device device, int64_t clips, const std::vector<float>& together, Run run) {
  for (int threads : thread_counts(device))
    EXPECT_TRUE(same_bits(run(threads, 0, clips), together)) << threads << " threads";
  std::vector<float> alone;
  for (int64_t b = 0; b < clips; ++b) {
    const std::vector<float> rows = run(1, b, 1);
    alone.insert(alone.end(), rows.begin(), rows.end());
  }
  EXPECT_TRUE(same_bits(alone, together)) << "a clip depends on its neighbours";
}

}  // namespace serene::test
