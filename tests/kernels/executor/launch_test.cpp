// Launches and what surrounds them: limits, seeds, memory.
#include "tests/executor/launch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "tests/executor/kernel_shared.h"
#include "tests/executor/memory.h"
#include "tests/kernels/executor/intrinsics.h"
#include "tests/kernels/executor/planted_bugs.h"
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

// 20 KB of static memory in each.
constexpr size_t kStatic = 20480, kUnasked = 48 * 1024 - kStatic;

std::vector<float> ramp_from_one() {
  std::vector<float> values;
  for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>(i + 1));
  return values;
}

TEST(LaunchTest, StaticAndDynamicSharedMemoryAreHeldToWhatWasAllowedTogether) {
  const executor::Buffer<float> y("y", 32);
  // Blocks of another size than elsewhere here: a device that no kernel has asked yet.
  Stream stream{Device::executor};
  stream.most_shared = 100 * 1024;
  two_memories(y.data(), kUnasked, stream, false);
  EXPECT_EQ(y.values(), ramp_from_one());
  EXPECT_EQ(
      error_of([&] { two_memories(y.data(), kUnasked + 4, stream, false); }),
      "executor: two_memories_kernel: 20480 bytes of static and 28676 of dynamic shared memory, of which it "
      "is allowed 28672");
  two_memories(y.data(), kUnasked + 4, stream);
  EXPECT_EQ(y.values(), ramp_from_one());
  two_memories(y.data(), 100 * 1024 - kStatic, stream, false);
  EXPECT_EQ(y.values(), ramp_from_one());
}

TEST(LaunchTest, ABlockHasNoMoreSharedMemoryThanTheDevice) {
  for (const size_t most : {size_t{227 * 1024}, size_t{163 * 1024}, size_t{99 * 1024}}) {
    const executor::Buffer<float> y("y", 32);
    Stream stream{Device::executor};
    stream.most_shared = most;
    two_memories(y.data(), most - kStatic, stream);
    EXPECT_EQ(y.values(), ramp_from_one());
    const std::string both = "20480 bytes of static and " + std::to_string(most - kStatic + 4) +
                             " of dynamic shared memory, and a block ";
    try {
      two_memories(y.data(), most - kStatic + 4, stream);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      EXPECT_EQ(error.what(), "two_memories_kernel: " + both + "of this device has " + std::to_string(most));
    }
    EXPECT_EQ(error_of([&] { two_memories(y.data(), most - kStatic + 4, stream, false); }),
              "executor: two_memories_kernel: " + both + "may have " + std::to_string(most));
    const void* const kernel = two_memories_function();
    EXPECT_TRUE(executor::allow_dynamic_shared(kernel, most - kStatic, most));
    EXPECT_FALSE(executor::allow_dynamic_shared(kernel, most - kStatic + 1, most));
    EXPECT_EQ(executor::allowed_dynamic_shared(kernel, most), most - kStatic) << "as it was";
  }
}

// The driver then gives the multiprocessor all the shared memory that it can have.
TEST(LaunchTest, KernelsWithDynamicMemoryPreferIt) {
  const executor::Buffer<float> y("y", 32);
  two_memories(y.data(), 128, TestStream(Device::executor));
  EXPECT_EQ(executor::preferred_carve_out(two_memories_function()), 100);
}

TEST(LaunchTest, StaticArraysAreKnownBeforeTheLaunch) {
  EXPECT_EQ(executor::static_shared_bytes(two_memories_function()), kStatic);
  EXPECT_EQ(error_of([&] {
              static_shared_too_large({nullptr, nullptr, nullptr}, TestStream(Device::executor));
            }),
            "executor: static_shared_too_large_kernel: 49156 bytes of static shared memory, at most 49152");
  const executor::Buffer<float> y("y", 64);
  EXPECT_EQ(error_of([&] { hidden_array(y.data(), TestStream(Device::executor)); }),
            "executor: hidden_array_kernel: block (0,0,0): shared array 'hidden' is declared outside of the "
            "kernel's own body");
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
