// What an engine does when its device fails: a device that counts its calls and fails at the one it is told.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <string>

#include "kernels/common/error.h"
#include "runtime/src/back_end/cpu_back_end.h"
#include "runtime/src/back_end/devices.h"
#include "runtime/src/engine.h"
#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

using Clip = std::span<const float>;

// What the device did, and when it is to fail.
struct Script {
  std::map<std::string, int> calls;
  int64_t failing_call = std::numeric_limits<int64_t>::max(), call = 0;
  size_t most_bytes = SIZE_MAX;  // of one allocation
  int64_t most_clips = 4;
  int64_t buffers = 0;  // allocated and not released

  void note(const char* name) {
    ++calls[name];
    if (++call == failing_call) throw Error(ErrorKind::device, std::string("device: ") + name + " failed");
  }
};
Script script;

class CountingMemory final : public Memory {
 public:
  explicit CountingMemory(const char* name) : name_(name) {}
  void* allocate(size_t bytes) override {
    script.note(name_);
    if (bytes > script.most_bytes) throw Error(ErrorKind::out_of_memory, "device: no room");
    ++script.buffers;
    return HostMemory::instance().allocate(bytes);
  }
  void release(void* data) noexcept override {
    --script.buffers;
    HostMemory::instance().release(data);
  }

 private:
  const char* name_;
};

// The CPU's ops under calls that may fail.
class ScriptedBackEnd final : public BackEnd {
 public:
  const Stream& stream() const override { return cpu_.stream(); }
  const std::string& name() const override { return cpu_.name(); }
  int64_t most_clips() const override { return script.most_clips; }
  Memory& weights() override { return weights_; }
  void weights_are_written() override { script.note("written"); }
  Memory& working() override { return working_; }
  Memory& visible() override { return working_; }
  Memory& staging() override { return staging_; }
  void upload(void* to, const void* from, size_t bytes) override {
    script.note("upload");
    std::memcpy(to, from, bytes);
  }
  void download(void* to, const void* from, size_t bytes) override {
    script.note("download");
    std::memcpy(to, from, bytes);
  }
  void copy(void* to, const void* from, size_t bytes) override {
    script.note("copy");
    std::memcpy(to, from, bytes);
  }
  void mark(Event&) override { script.note("mark"); }
  void wait(Event&) override { script.note("wait"); }
  void finish() override { script.note("finish"); }
  std::unique_ptr<Graph> capture(const std::function<void()>&) override {
    script.note("capture");
    return nullptr;  // keeps none
  }
  void launch(Graph&) override {}

 private:
  CpuBackEnd cpu_{1};
  CountingMemory weights_{"weights"}, working_{"working"}, staging_{"staging"};
};

const bool registered = add_device(Device::executor, [](const DeviceOptions&) -> std::unique_ptr<BackEnd> {
  return std::make_unique<ScriptedBackEnd>();
});

class DeviceFaults : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registered);
    script = {};
    for (uint32_t i = 0; i < 7; ++i) clips_.push_back(test::tone(8000, i + 1));
    for (const std::vector<float>& clip : clips_) spans_.emplace_back(clip);
    test::ModelSpec config;
    config.se = test::small_se();
    config.ser = test::small_ser(networks::TrnetEncoder::residual);
    config.ser->fit.seconds = 0.1;
    model_ = test::random_model(config);
    EngineOptions cpu;
    cpu.device = EngineOptions::Choice::cpu;
    expected_ = posteriors(test::score_clips(Engine(model_, cpu), spans_));
  }
  static std::vector<std::vector<float>> posteriors(const std::vector<ClipScore>& scores) {
    std::vector<std::vector<float>> all;
    for (const ClipScore& score : scores) all.push_back(score.log_posterior);
    return all;
  }
  Engine engine() const {
    EngineOptions options;
    options.device = EngineOptions::Choice::executor;
    return {model_, options};
  }

  std::vector<std::vector<float>> clips_, expected_;
  std::vector<Clip> spans_;
  std::shared_ptr<const Model> model_;
};

TEST_F(DeviceFaults, BatchesAreHalvedUntilTheyFit) {
  Engine scored = engine();
  EXPECT_EQ(posteriors(score_clips(scored, spans_)), expected_);
  const size_t room_for_four = scored.workspace_bytes();

  script = {};
  script.most_bytes = room_for_four - 1;
  Engine tight = engine();
  EXPECT_EQ(posteriors(score_clips(tight, spans_)), expected_);
  EXPECT_EQ(script.calls["upload"], 4) << "7 clips by two";
  EXPECT_LT(tight.workspace_bytes(), room_for_four);

  script = {};
  script.most_bytes = room_for_four / 8;
  Engine hopeless = engine();
  try {
    score_clips(hopeless, spans_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::out_of_memory);
  }
}

// After the first batches there are copies and waits, and nothing else. What a device's own calls come to is
// seen in cuda_back_end_test.cpp.
TEST_F(DeviceFaults, TheSteadyStateAllocatesNothing) {
  Engine scored = engine();
  score_clips(scored, spans_);
  score_clips(scored, spans_);
  script.calls.clear();
  score_clips(scored, spans_);
  const std::map<std::string, int> expected{
      {"upload", 2}, {"copy", 4}, {"download", 2}, {"mark", 2}, {"wait", 2}};
  EXPECT_EQ(script.calls, expected);
}

// Wherever a call fails, the error comes out as it went in, nothing leaks, and the engine goes on.
TEST_F(DeviceFaults, EachCallMayFail) {
  int64_t failures = 0;
  for (int64_t n = 1;; ++n) {
    script = {};
    script.failing_call = n;
    bool failed = false;
    try {
      Engine scored = engine();
      try {
        score_clips(scored, spans_);
      } catch (const Error& error) {
        failed = true;
        EXPECT_EQ(error.kind(), ErrorKind::device) << error.what();
        EXPECT_EQ(posteriors(score_clips(scored, spans_)), expected_) << "after call " << n;
      }
    } catch (const Error& error) {  // while the weights went up
      failed = true;
      EXPECT_EQ(error.kind(), ErrorKind::device) << error.what();
    }
    EXPECT_EQ(script.buffers, 0) << "after call " << n;
    if (!failed) break;
    ++failures;
    if (script.calls["written"] == 0) n += 7;  // weights are many, and alike
  }
  EXPECT_GT(failures, 15);
}

}  // namespace
}  // namespace serene::runtime
