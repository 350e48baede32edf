// The GPU's back end over an emulated CUDA runtime: which calls it makes, in what order their work may be
// done, and what becomes of each that fails.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/error.h"
#include "runtime/src/back_end/devices.h"
#include "runtime/src/engine.h"
#include "tests/support/cuda_emulation/emulation.h"
#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

using test::cuda;
using test::CudaEmulation;
using Calls = std::map<std::string, int>;

class CudaBackEnd : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cuda().alive, 0);
    cuda() = {};
    for (uint32_t i = 0; i < 3; ++i) clips_.push_back(test::tone(i < 2 ? 400 : 480, i + 1));
    for (const std::vector<float>& clip : clips_) spans_.emplace_back(clip);
    test::ModelSpec config;
    config.se = test::small_se();
    config.ser = test::small_ser(networks::TrnetEncoder::residual);
    config.ser->fit.rule = models::FitRule::none;
    model_ = test::random_model(config);
  }
  void TearDown() override {
    EXPECT_EQ(cuda().alive, 0) << "streams, events, graphs and buffers";
    cuda() = {};
  }

  Engine engine(size_t graph_bytes = size_t{256} << 20) const {
    EngineOptions options;
    options.device = EngineOptions::Choice::executor;
    options.graph_bytes = graph_bytes;
    return {model_, options};
  }
  static std::vector<std::vector<float>> posteriors(const std::vector<ClipScore>& scores) {
    std::vector<std::vector<float>> all;
    for (const ClipScore& score : scores) all.push_back(score.log_posterior);
    return all;
  }

  std::vector<std::vector<float>> clips_;
  std::vector<std::span<const float>> spans_;
  std::shared_ptr<const Model> model_;
};

TEST_F(CudaBackEnd, EveryOrderOfWorkGivesTheCpusScoresAndTheSameBits) {
  cuda().order = CudaEmulation::Order::early;
  const auto expected = posteriors(test::score_clips(engine(), spans_));
  EXPECT_EQ(cuda().waiting, 0u);
  EngineOptions cpu;
  cpu.device = EngineOptions::Choice::cpu;
  const auto on_cpu = posteriors(test::score_clips(Engine(model_, cpu), spans_));
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t k = 0; k < expected[i].size(); ++k) EXPECT_NEAR(expected[i][k], on_cpu[i][k], 1e-4);
  }
  for (uint64_t seed = 0; seed < 5; ++seed) {
    cuda() = {};
    if (seed > 0) {
      cuda().order = CudaEmulation::Order::random;
      cuda().seed = seed;
    }
    Engine scored = engine();
    // Launches, then a graph that is made, then one that is kept.
    for (int time = 0; time < 3; ++time)
      EXPECT_EQ(posteriors(score_clips(scored, spans_)), expected) << "seed " << seed << ", time " << time;
    EXPECT_EQ(cuda().waiting, 0u);
  }
}

// Nothing is done before the host waits: were results looked at too early, or a buffer used again, it would
// show.
TEST_F(CudaBackEnd, TheNextPassIsUnderWayBeforeTheLastIsWaitedFor) {
  cuda().run_kernels = false;
  Engine scored = engine();
  score_clips(scored, spans_);
  score_clips(scored, spans_);
  cuda().calls.clear();
  score_clips(scored, spans_);
  // Two lengths: two passes, the second asked for before the wait for the first.
  const Calls expected{{"cudaSetDevice", 1},   {"cudaMemcpyAsync", 8},     {"cudaGraphLaunch", 2},
                       {"cudaEventRecord", 6}, {"cudaStreamWaitEvent", 4}, {"cudaEventSynchronize", 2}};
  EXPECT_EQ(cuda().calls, expected);
  cuda().calls.clear();
  cuda().failing_call = cuda().call + 1 + 2 * 10 + 1;  // after both passes' calls, the first wait
  EXPECT_THROW(score_clips(scored, spans_), Error);
  EXPECT_EQ(cuda().failed, "cudaEventSynchronize");
}

// In device memory that the host does not reach: it writes to a copy, once.
TEST_F(CudaBackEnd, WeightsAreCopiedToTheDevice) {
  const std::unique_ptr<BackEnd> device = open_device(Device::executor, {});
  device->enter();
  Memory& memory = device->weights();
  // Small ones share a block; one that is larger than a block has its own.
  std::vector<size_t> sizes = {4, 100, 4096, size_t{9} << 20, 64};
  std::vector<AlignedBuffer> buffers;
  for (size_t i = 0; i < sizes.size(); ++i) {
    AlignedBuffer& buffer = buffers.emplace_back(sizes[i], memory);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 256, 0u);
    std::memset(buffer.host_copy(), static_cast<int>(i + 1), sizes[i]);
  }
  EXPECT_EQ(cuda().calls["cudaMalloc"], 3);
  device->weights_are_written();
  EXPECT_EQ(cuda().calls["cudaMemcpyAsync"], 3);
  EXPECT_EQ(cuda().waiting, 0u);
  for (size_t i = 0; i < sizes.size(); ++i) {
    std::vector<unsigned char> got(sizes[i]);
    device->download(got.data(), buffers[i].data(), got.size());
    device->finish();
    EXPECT_EQ(got, std::vector<unsigned char>(sizes[i], static_cast<unsigned char>(i + 1)));
  }
  EXPECT_THROW(buffers[1].host_copy(), Error) << "it is too late";
}

// Of a device of compute capability 9.0 with a thousand multiprocessors at a megahertz.
TEST_F(CudaBackEnd, PeaksAreThoseOfThePrecision) {
  const std::unique_ptr<BackEnd> device = open_device(Device::executor, {});
  EXPECT_EQ(device->peaks(Precision::fp32).flop_per_second, 2 * 128 * 1e9);
  EXPECT_EQ(device->peaks(Precision::tf32).flop_per_second, 2 * 1024 * 1e9);
  EXPECT_EQ(device->peaks(Precision::bf16).flop_per_second, 2 * 2048 * 1e9);
}

// A run of many batches of one length: copies, graphs and what orders them.
TEST_F(CudaBackEnd, TheSteadyStateLaunchesAndCopies) {
  const std::vector<std::span<const float>> many(100, spans_.front());
  cuda().run_kernels = false;
  Engine scored = engine();
  score_clips(scored, many);
  score_clips(scored, many);
  cuda().calls.clear();
  score_clips(scored, many);
  // Three passes of 32, one of 4.
  const Calls expected{{"cudaSetDevice", 1},    {"cudaMemcpyAsync", 16},    {"cudaGraphLaunch", 4},
                       {"cudaEventRecord", 12}, {"cudaStreamWaitEvent", 8}, {"cudaEventSynchronize", 4}};
  EXPECT_EQ(cuda().calls, expected);
}

TEST_F(CudaBackEnd, OutOfMemoryHalvesTheBatch) {
  const std::vector<std::span<const float>> many(6, spans_.front());
  const auto expected = posteriors(test::score_clips(engine(), {&spans_.front(), 1})).front();
  cuda() = {};
  size_t with_weights = 0, room = 0;
  {
    Engine measured = engine();
    with_weights = cuda().used;
    cuda().run_kernels = false;
    score_clips(measured, many);
    room = cuda().used - with_weights;
  }
  cuda() = {};
  // Half of it, and the lines of memory that any batch has.
  cuda().memory = with_weights + room / 2 + 1024;
  Engine tight = engine();
  for (const auto& posterior : posteriors(score_clips(tight, many))) EXPECT_EQ(posterior, expected);
  EXPECT_LE(cuda().used, cuda().memory);
  cuda().calls.clear();
  score_clips(tight, many);
  EXPECT_GT(cuda().calls["cudaEventSynchronize"], 2) << "passes";
}

TEST_F(CudaBackEnd, GraphsAreGivenUpWhenThereAreTooMany) {
  cuda().run_kernels = false;
  constexpr size_t kBound = size_t{1} << 20;
  Engine scored = engine(kBound);
  std::vector<size_t> bytes;
  // The longest first: a larger arena ends all graphs in the old one.
  for (const int64_t n : {640, 600, 560, 520, 480}) {
    const std::vector<float> clip = test::tone(n, 1);
    const std::span<const float> span(clip);
    for (int time = 0; time < 3; ++time) score_clips(scored, {&span, 1});
    bytes.push_back(scored.graph_bytes());
    EXPECT_LE(bytes.back(), kBound);
  }
  EXPECT_EQ(bytes[1], 2 * bytes[0]) << "of one net, at another length";
  EXPECT_EQ(bytes[4], 2 * bytes[0]) << "two fit";
  const auto launches_again = [&](int64_t n) {
    const std::vector<float> clip = test::tone(n, 1);
    const std::span<const float> span(clip);
    cuda().calls.clear();
    score_clips(scored, {&span, 1});
    return cuda().calls["cudaLaunchKernel"] > 0;
  };
  EXPECT_FALSE(launches_again(480));
  EXPECT_FALSE(launches_again(520));
  EXPECT_TRUE(launches_again(640));
}

// Wherever a call fails, an allocation is tried again with fewer clips, anything else comes out as it went
// in; nothing leaks, nothing is left running, and the engine goes on.
TEST_F(CudaBackEnd, EachCallMayFail) {
  const auto expected = posteriors(test::score_clips(engine(), spans_));
  Calls failed;
  int64_t n = 1;
  for (;; ++n) {
    cuda() = {};
    // The first calls may touch data; that scores are right again is looked at now and then.
    const bool exact = n % 149 == 0;
    cuda().run_kernels = exact;
    cuda().order = n % 2 == 0 ? CudaEmulation::Order::late : CudaEmulation::Order::random;
    cuda().seed = static_cast<uint64_t>(n);
    cuda().failing_call = n;
    try {
      Engine scored = engine();
      for (int time = 0; time < 2; ++time) {
        try {
          const auto got = posteriors(score_clips(scored, spans_));
          if (exact) {
            EXPECT_EQ(got, expected) << "after " << cuda().failed << ", call " << n;
          }
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), cuda().failed == "cudaMalloc" || cuda().failed == "cudaMallocHost"
                                      ? ErrorKind::out_of_memory
                                      : ErrorKind::device)
              << cuda().failed << ": " << error.what();
          EXPECT_NE(std::string(error.what())
                        .find(cuda().failed == "cudaGetDeviceCount" ? "no GPU" : cuda().failed),
                    std::string::npos)
              << error.what();
          const auto got = posteriors(score_clips(scored, spans_));
          if (exact) {
            EXPECT_EQ(got, expected) << "after " << cuda().failed << ", call " << n;
          }
        }
      }
      EXPECT_EQ(cuda().waiting, 0u) << "after " << cuda().failed << ", call " << n;
    } catch (const Error& error) {  // while the engine was made
      EXPECT_FALSE(cuda().failed.empty()) << error.what();
    }
    ASSERT_EQ(cuda().alive, 0) << "after " << cuda().failed << ", call " << n;
    ASSERT_EQ(cuda().used, 0u);
    if (cuda().failed.empty()) break;
    ++failed[cuda().failed];
  }
  EXPECT_GT(failed["cudaLaunchKernel"], 300);
  for (const char* name :
       {"cudaMalloc", "cudaMallocHost", "cudaMemcpyAsync", "cudaGraphLaunch", "cudaGraphInstantiate",
        "cudaStreamBeginCapture", "cudaStreamEndCapture", "cudaEventRecord", "cudaStreamWaitEvent",
        "cudaEventSynchronize", "cudaStreamCreateWithFlags", "cudaSetDevice"})
    EXPECT_GT(failed[name], 0) << name;
}

}  // namespace
}  // namespace serene::runtime
