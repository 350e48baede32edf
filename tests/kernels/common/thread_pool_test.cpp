#include "kernels/common/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace serene {
namespace {

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, RunsEveryIndexOnce) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.size(), GetParam());
  for (int64_t count : {-1, 0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> runs(1000);
    std::atomic<bool> in_range = true;
    pool.parallel_for(count, [&](int64_t index, int worker) {
      if (index < 0 || index >= count || worker < 0 || worker >= pool.size()) {
        in_range = false;
        return;
      }
      ++runs[index];
    });
    EXPECT_TRUE(in_range);
    for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(runs[i], i < count ? 1 : 0) << i << " of " << count;
  }
}

// No loop begins before the last one ended, and what a task wrote is there after it.
TEST_P(ThreadPoolTest, RunsManyLoopsInARow) {
  ThreadPool pool(GetParam());
  std::vector<int64_t> sums(7);
  for (int64_t loop = 0; loop < 2000; ++loop) {
    pool.parallel_for(7, [&](int64_t index, int) { sums[index] += index + loop % 3; });
  }
  for (int64_t i = 0; i < 7; ++i) EXPECT_EQ(sums[i], 2000 * i + 1999);
}

// A worker's scratch is its own: two tasks never run at once with the same number.
TEST_P(ThreadPoolTest, GivesAWorkerOneTaskAtATime) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> inside(static_cast<size_t>(pool.size()));
  std::atomic<bool> alone = true;
  pool.parallel_for(1000, [&](int64_t, int worker) {
    if (inside[worker].fetch_add(1) != 0) alone = false;
    inside[worker].fetch_sub(1);
  });
  EXPECT_TRUE(alone);
}

INSTANTIATE_TEST_SUITE_P(ThreadPool, ThreadPoolTest, testing::Range(1, 6), [](const auto& tested) {
  return std::string("threads").append(std::to_string(tested.param));
});

}  // namespace
}  // namespace serene
