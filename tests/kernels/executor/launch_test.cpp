// Launches and what surrounds them: limits, seeds, memory.
#include "kernels/common/executor/launch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "kernels/common/executor/memory.h"
#include "tests/kernels/executor/intrinsics.h"
#include "tests/kernels/executor/sample_kernels.h"
#include "tests/kernels/executor/seeds.h"
#include "tests/support/op_test.h"

namespace serene::test {
namespace {

template <class Launch>
std::string error_of(Launch&& launch) {
  try {
    launch();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(LaunchTest, RefusesWhatAGpuRefuses) {
  const executor::Buffer<float> x("x", 4096), y("y", 4096);
  const TestStream stream(Device::executor);
  EXPECT_EQ(error_of([&] { block_sum(x.data(), y.data(), 1, 1025, stream); }),
            "executor: block_sum_kernel: blocks of 1025 threads, wanted 1 to 1024");
  EXPECT_EQ(error_of([&] { block_sum(x.data(), y.data(), 0, 32, stream); }),
            "executor: block_sum_kernel: grid (0,1,1), wanted 1 to 2147483647, 65535, 65535");
}

TEST(LaunchTest, IndicesCoverGridAndBlock) {
  const executor::Buffer<int> seen("seen", std::vector<int>(3 * 2 * 2 * 5 * 3 * 2, 0));
  record_indices(seen.data(), dim3(3, 2, 2), dim3(5, 3, 2), TestStream(Device::executor));
  EXPECT_EQ(seen.values(), std::vector<int>(seen.size(), 1));
}

TEST(LaunchTest, TheSeedIsTheOrder) {
  // Tickets that the threads of a block draw, in one order per seed.
  const auto tickets = [](int seed) {
    const Seed order(seed);
    const executor::Buffer<int> counter("counter", std::vector<int>(1, 0)), drawn("drawn", 256);
    draw_tickets(counter.data(), drawn.data(), 256, TestStream(Device::executor));
    return drawn.values();
  };
  std::vector<int> sorted = tickets(1);
  EXPECT_EQ(sorted, tickets(1));
  EXPECT_NE(sorted, tickets(2));
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 256; ++i) EXPECT_EQ(sorted[i], i);
}

TEST(LaunchTest, MemoryStartsAsPoison) {
  const executor::Buffer<uint32_t> x("x", 3);
  EXPECT_EQ(x.values(), std::vector<uint32_t>(3, 0xFFFFFFFFu));
}

TEST(LaunchTest, SharedMemoryStartsAsPoison) {
  if (checked_kernels()) GTEST_SKIP() << "checked kernels may not look";
  const executor::Buffer<uint32_t> y("y", 64);
  // The second launch finds what the first has left behind.
  for (int i = 0; i < 2; ++i) {
    peek_at_shared(y.data(), TestStream(Device::executor));
    EXPECT_EQ(y.values(), std::vector<uint32_t>(64, 0xFFFFFFFFu));
  }
}

TEST(LaunchTest, AnotherLaunchWorksAfterAnError) {
  const std::vector<float> values = random_values(64, 1);
  const executor::Buffer<float> x("x", values), y("y", 1);
  const TestStream stream(Device::executor);
  EXPECT_NE(error_of([&] { leave_early(stream); }), "nothing");
  block_sum(x.data(), y.data(), 1, 32, stream);
  double sum = 0;
  for (float v : values) sum += v;
  expect_close(y.values(), std::vector<double>{sum}, tolerance(64, 8));
}

TEST(LaunchTest, CpAsyncLandsAsLateAsTheWaitPermits) {
  if (checked_kernels()) GTEST_SKIP() << "checked kernels may not look";
  const executor::Buffer<uint32_t> x("x", std::vector<uint32_t>{1, 2, 3}), y("y", 4 * 3);
  cp_async_groups(x.data(), y.data(), TestStream(Device::executor));
  EXPECT_EQ(y.values(), (std::vector<uint32_t>{0, 0, 0, 1, 0, 0, 1, 2, 0, 1, 2, 3}));
}

}  // namespace
}  // namespace serene::test
