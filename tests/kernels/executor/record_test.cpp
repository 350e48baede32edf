// Launches that are written down instead of run.
#include "tests/executor/record.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/common/error.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/memory.h"
#include "tests/kernels/executor/intrinsics.h"
#include "tests/kernels/executor/sample_kernels.h"
#include "tests/support/op_test.h"

namespace serene::test {
namespace {

TEST(RecordTest, WritesTheLaunchDownAndRunsNothing) {
  const executor::Buffer<float> x("x", std::vector<float>(384, 1.0f)), y("y", std::vector<float>(3, 7.0f));
  const TestStream stream(Device::executor);
  const executor::LaunchRecording recording;
  block_sum(x.data(), y.data(), 3, 64, stream);
  record_indices(nullptr, dim3(3, 2, 4), dim3(5, 3, 2), stream);  // would write to where nothing is
  EXPECT_EQ(y.values(), std::vector<float>(3, 7.0f));

  const std::vector<executor::RecordedLaunch> launches = recording.launches();
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(executor::function_name(launches[0].kernel), "block_sum_kernel");
  EXPECT_EQ(launches[0].grid.x, 3u);
  EXPECT_EQ(launches[0].block.x, 64u);
  EXPECT_EQ(launches[1].grid.z, 4u);
  EXPECT_EQ(launches[1].block.y, 3u);
}

TEST(RecordTest, RunsAgainWithTheArgumentsOfThen) {
  const executor::Buffer<float> x("x", std::vector<float>(384, 1.0f)), y("y", std::vector<float>(3, 7.0f));
  const TestStream stream(Device::executor);
  std::vector<executor::RecordedLaunch> launches;
  {
    const executor::LaunchRecording recording;
    block_sum(x.data(), y.data(), 3, 64, stream);
    launches = recording.launches();
  }
  x.data()[0] = 3.0f;  // read when it runs
  executor::run_again(launches[0], stream);
  EXPECT_EQ(y.values(), (std::vector<float>{130.0f, 128.0f, 128.0f}));
}

TEST(RecordTest, StillRefusesWhatAGpuRefuses) {
  const executor::LaunchRecording recording;
  EXPECT_THROW(block_sum(nullptr, nullptr, 1, 1025, TestStream(Device::executor)), Error);
  EXPECT_TRUE(recording.launches().empty());
}

TEST(RecordTest, IsOneAtATimeAndEndsWithItsLife) {
  {
    const executor::LaunchRecording recording;
    EXPECT_THROW(executor::LaunchRecording{}, Error);
  }
  const executor::Buffer<float> x("x", std::vector<float>(32, 1.0f)), y("y", 1);
  block_sum(x.data(), y.data(), 1, 16, TestStream(Device::executor));
  EXPECT_EQ(y.values(), std::vector<float>(1, 32.0f));
}

}  // namespace
}  // namespace serene::test
