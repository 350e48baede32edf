// The GPU. Without one every test is skipped and says so; SERENE_REQUIRE_GPU=1 makes that a failure.
//
// Tests read what an op wrote as soon as it returns, so launches wait for their end here, and what tests
// allocate is pinned host memory (pinned_heap.cpp), which kernels reach under the same address.
#include <cuda_runtime.h>

#include <cstdlib>
#include <string>

#include "tests/support/op_test.h"

namespace serene::test {
namespace {

// Before main, as the CUDA runtime reads it when first called.
const bool launches_wait = setenv("CUDA_LAUNCH_BLOCKING", "1", 1) == 0;

class Gpu : public testing::Environment {
 public:
  void SetUp() override {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaSuccess && count > 0) {
      cudaDeviceProp device{};
      ASSERT_EQ(cudaGetDeviceProperties(&device, 0), cudaSuccess);
      ASSERT_TRUE(device.unifiedAddressing) << device.name << ": kernels do not reach pinned memory as it is";
      printf("on %s, compute capability %d.%d\n", device.name, device.major, device.minor);
      return;
    }
    const std::string why = status == cudaSuccess ? "none found" : cudaGetErrorString(status);
    const char* required = std::getenv("SERENE_REQUIRE_GPU");
    if (required != nullptr && *required == '1') FAIL() << "no GPU: " << why;
    GTEST_SKIP() << "no GPU: " << why;
  }
};

[[maybe_unused]] const testing::Environment* const gpu = testing::AddGlobalTestEnvironment(new Gpu);

}  // namespace

std::vector<Device> devices() { return {Device::cuda}; }

}  // namespace serene::test
