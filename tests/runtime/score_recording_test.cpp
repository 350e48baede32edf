// What the engine is given of a recording, whatever it says of it.
#include "runtime/src/score_recording.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

using Samples = std::vector<float>;

// Keeps what it is given, call by call; every window is the same to it.
struct Listener {
  std::vector<size_t> calls;
  std::vector<Samples> clips;

  ScoredRecording score(const Samples& samples, const RecordingRule& rule) {
    return score_recording({samples}, rule, [this](std::span<const std::span<const float>> windows) {
      calls.push_back(windows.size());
      for (const auto window : windows) clips.emplace_back(window.begin(), window.end());
      ClipResult same;
      same.outputs = {{1.0f}};
      return std::vector<ClipResult>(windows.size(), same);
    });
  }
};

RecordingRule rule_of(size_t window, size_t hop, size_t batch = 8) {
  RecordingRule rule;
  rule.windows = {window, hop};
  rule.batch = batch;
  return rule;
}

TEST(ScoreRecordingTest, TheEngineGetsTheWindowsSamplesABatchAtATime) {
  const Samples samples = test::tone(50000, 1);
  Listener listener;
  const ScoredRecording scored = listener.score(samples, rule_of(8000, 3000, 4));
  EXPECT_EQ(listener.calls, (std::vector<size_t>{4, 4, 4, 3}));
  ASSERT_EQ(scored.windows.size(), 15u);
  ASSERT_EQ(listener.clips.size(), 15u);
  for (size_t i = 0; i < 15; ++i) {
    const size_t start = i < 14 ? 3000 * i : 42000;
    EXPECT_EQ(scored.windows[i], (Window{start, 8000}));
    EXPECT_TRUE(std::ranges::equal(listener.clips[i], std::span(samples).subspan(start, 8000))) << i;
  }
}

TEST(ScoreRecordingTest, SubnormalSamplesAreZero) {
  Samples samples = test::tone(8000, 1), wanted = samples;
  for (size_t i = 0; i < 8000; i += 2) {
    samples[i] = std::numeric_limits<float>::min() / (i % 4 == 0 ? 2 : -4);
    wanted[i] = 0;
  }
  Listener listener;
  listener.score(samples, rule_of(8000, 8000));
  EXPECT_EQ(listener.clips, std::vector<Samples>{wanted});
}

TEST(ScoreRecordingTest, ALevelIsAFactorOfTheSamplesThatAreScored) {
  Samples samples = test::tone(16000, 1);
  for (float& sample : samples) sample /= 64;
  Listener plain, louder;
  RecordingRule rule = rule_of(8000, 8000);
  plain.score(samples, rule);
  rule.level = -20;
  const ScoredRecording scored = louder.score(samples, rule);
  EXPECT_FALSE(scored.quiet);
  EXPECT_EQ(plain.clips.size(), 2u);
  const float gain = louder.clips[0][1000] / plain.clips[0][1000];
  double squares = 0;
  for (size_t i = 0; i < 2; ++i) {
    for (size_t k = 0; k < 8000; ++k) {
      EXPECT_FLOAT_EQ(louder.clips[i][k], gain * plain.clips[i][k]);
      squares += static_cast<double>(louder.clips[i][k]) * louder.clips[i][k];
    }
  }
  EXPECT_NEAR(10 * std::log10(squares / 16000), -20, 0.05);  // the frames' means are left out
}

}  // namespace
}  // namespace serene::runtime
