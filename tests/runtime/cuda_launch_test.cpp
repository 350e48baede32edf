// What a launch asks of the CUDA runtime, over the emulated one: the code that a GPU's launches go through.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/common/error.h"
#include "kernels/common/gpu/cuda_calls.h"
#include "kernels/common/gpu/shared_limit.h"
#include "tests/kernels/executor/sample_kernels.h"
#include "tests/support/cuda_emulation/emulation.h"

namespace serene::gpu {
namespace {

using test::cuda;

class CudaLaunch : public testing::Test {
 protected:
  void SetUp() override {
    cuda() = {};
    // A device that no kernel has asked yet.
    static size_t times = 0;
    cuda().most_shared = 163 * 1024 - ++times;
    stream_.most_shared = cuda().most_shared;
    ASSERT_EQ(cudaStreamCreateWithFlags(&lane_, cudaStreamNonBlocking), cudaSuccess);
    stream_.native = lane_;
    cuda().calls.clear();
  }
  void TearDown() override {
    cudaStreamDestroy(lane_);
    cuda() = {};
  }
  // The launch alone, as cudaLaunchKernel does it.
  std::string launch(size_t dynamic_bytes) {
    cuda().run_kernels = false;
    try {
      test::two_memories(nullptr, dynamic_bytes, stream_, false);
    } catch (const Error& error) {
      return error.what();
    }
    return "launched";
  }
  size_t most_dynamic() const { return cuda().most_shared - kStatic; }

  static constexpr size_t kStatic = 20480;  // of two_memories_kernel
  const void* const kernel_ = test::two_memories_function();
  cudaStream_t lane_ = nullptr;
  Stream stream_{Device::executor};
};

TEST_F(CudaLaunch, TheRuntimeHoldsStaticAndDynamicMemoryTogetherToWhatWasAllowed) {
  EXPECT_EQ(launch(48 * 1024 - kStatic), "launched");
  EXPECT_NE(launch(48 * 1024 - kStatic + 1).find("of which it is allowed 28672"), std::string::npos);
  EXPECT_EQ(cuda().calls["cudaLaunchKernel"], 1) << "what is refused is no launch";
  ASSERT_EQ(cudaFuncSetAttribute(kernel_, cudaFuncAttributeMaxDynamicSharedMemorySize, 40000), cudaSuccess);
  EXPECT_EQ(launch(40000), "launched");
  EXPECT_NE(launch(40001).find("of which it is allowed 40000"), std::string::npos);

  const int most = static_cast<int>(most_dynamic());
  EXPECT_EQ(cudaFuncSetAttribute(kernel_, cudaFuncAttributeMaxDynamicSharedMemorySize, most + 1),
            cudaErrorInvalidValue);
  cudaFuncAttributes attributes{};
  ASSERT_EQ(cudaFuncGetAttributes(&attributes, kernel_), cudaSuccess);
  EXPECT_EQ(attributes.sharedSizeBytes, kStatic);
  EXPECT_EQ(attributes.maxDynamicSharedSizeBytes, 40000);
  EXPECT_EQ(cudaFuncSetAttribute(kernel_, cudaFuncAttributePreferredSharedMemoryCarveout, 101),
            cudaErrorInvalidValue);
}

TEST_F(CudaLaunch, AsksOnceForAllThatTheDeviceHas) {
  SharedLimits<CudaCalls> limits;
  // The sum is above 48 KB, neither part is.
  limits.allow(kernel_, 48 * 1024 - kStatic + 4, CudaCalls());
  EXPECT_EQ(cuda().calls["cudaFuncSetAttribute"], 2);
  cudaFuncAttributes attributes{};
  ASSERT_EQ(cudaFuncGetAttributes(&attributes, kernel_), cudaSuccess);
  EXPECT_EQ(static_cast<size_t>(attributes.maxDynamicSharedSizeBytes), most_dynamic());
  EXPECT_EQ(attributes.preferredShmemCarveout, 100);
  for (const size_t bytes : {size_t{4}, most_dynamic()}) {
    limits.allow(kernel_, bytes, CudaCalls());
    EXPECT_EQ(launch(bytes), "launched");
  }
  EXPECT_EQ(cuda().calls["cudaFuncSetAttribute"], 2);
}

TEST_F(CudaLaunch, NamesTheKernelThatWantsMore) {
  SharedLimits<CudaCalls> limits;
  try {
    limits.allow(kernel_, most_dynamic() + 1, CudaCalls());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_EQ(error.what(), "two_memories_kernel: 20480 bytes of static and " +
                                std::to_string(most_dynamic() + 1) +
                                " of dynamic shared memory, and a block of this device has " +
                                std::to_string(cuda().most_shared));
  }
}

// A call that fails is an error, and made again the next time.
TEST_F(CudaLaunch, EachCallMayFail) {
  int failures = 0;
  for (int64_t n = 1;; ++n) {
    SharedLimits<CudaCalls> limits;
    cuda().call = 0;
    cuda().failing_call = n;
    cuda().failed.clear();
    try {
      limits.allow(kernel_, 4, CudaCalls());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::device);
      EXPECT_STREQ(error.what(), "kernel launch: failed as told");
      cuda().calls.clear();
      limits.allow(kernel_, 4, CudaCalls());
      EXPECT_EQ(cuda().calls["cudaFuncSetAttribute"], 2) << "after " << cuda().failed;
    }
    if (cuda().failed.empty()) break;
    ++failures;
  }
  EXPECT_EQ(failures, 5) << "device, its limit, the kernel's static memory, two attributes";
}

}  // namespace
}  // namespace serene::gpu
