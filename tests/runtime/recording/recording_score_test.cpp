#include "runtime/recording/recording_score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace serene::runtime {
namespace {

TEST(RecordingScoreTest, WindowsOfOneLengthWeighTheSame) {
  const std::vector<WindowScore> windows{{{{0.2f, 0.8f}, {0.5f}}, true, 48000},
                                         {{{0.6f, 0.4f}, {1.0f}}, true, 48000}};
  const RecordingScore mean = recording_score(windows);
  EXPECT_EQ(mean.reason, Abstention::none);
  EXPECT_FLOAT_EQ(mean.outputs[0][0], 0.4f);
  EXPECT_FLOAT_EQ(mean.outputs[0][1], 0.6f);
  EXPECT_FLOAT_EQ(mean.outputs[1][0], 0.75f);
  EXPECT_FALSE(mean.short_clip);
}

// The bits of the plain mean, added up in the windows' order.
TEST(RecordingScoreTest, EqualLengthsAreNoWeights) {
  for (const size_t length : {1u, 48000u, 80000u, 83333u}) {
    std::vector<WindowScore> windows;
    double sum = 0, coefficients = 0;
    for (int i = 1; i <= 1000; ++i) {
      const float p = std::exp(-static_cast<float>(i) / 37), c = 1 / static_cast<float>(i);
      windows.push_back({{{p, 1 - p}, {c}}, false, length});
      sum += p;
      coefficients += c;
    }
    const RecordingScore mean = recording_score(windows);
    EXPECT_EQ(mean.outputs[0][0], static_cast<float>(sum / 1000)) << length;
    EXPECT_EQ(mean.outputs[1][0], static_cast<float>(coefficients / 1000)) << length;
  }
}

TEST(RecordingScoreTest, AWindowWeighsAsItsLength) {
  const std::vector<WindowScore> windows{{{{1.0f, 0.0f}, {1.0f}}, false, 48000},
                                         {{{0.5f, 0.5f}, {0.25f}}, true, 24000},
                                         {{{0.0f, 1.0f}, {0.0f}}, true, 12000}};
  const RecordingScore mean = recording_score(windows);
  EXPECT_EQ(mean.outputs[0][0], static_cast<float>(1.25 / 1.75));
  EXPECT_EQ(mean.outputs[0][1], static_cast<float>(0.5 / 1.75));
  EXPECT_EQ(mean.outputs[1][0], static_cast<float>(1.125 / 1.75));
  EXPECT_FALSE(mean.short_clip);
}

TEST(RecordingScoreTest, OneWindowIsTakenAsItIs) {
  const RecordingScore one = recording_score(std::vector<WindowScore>{{{{0.2f, 0.8f}, {0.3f}}, true, 100}});
  EXPECT_EQ(one.outputs, (std::vector<std::vector<float>>{{0.2f, 0.8f}, {0.3f}}));
  EXPECT_TRUE(one.short_clip);
}

TEST(RecordingScoreTest, NoWindowIsSilence) {
  const RecordingScore none = recording_score({});
  EXPECT_EQ(none.reason, Abstention::silence);
  EXPECT_EQ(to_text(none.reason), std::string("silence"));
  EXPECT_TRUE(none.outputs.empty());
  EXPECT_FALSE(none.short_clip);
}

TEST(RecordingScoreTest, WhatIsNoSpeechIsLeftOutOfAllButTheLevel) {
  const std::vector<WindowScore> windows{{{{0.25f, 0.75f}, {0.9f}}, false, 32000},
                                         {{{1.0f, 0.0f}, {0.3f}}, false, 32000},
                                         {{{0.75f, 0.25f}, {0.6f}}, false, 32000}};
  const SpeechRule rule{.output = 1, .least = 0.6f};
  const RecordingScore score = recording_score(windows, rule);
  EXPECT_EQ(score.reason, Abstention::none);
  EXPECT_EQ(score.outputs[0], (std::vector<float>{0.5f, 0.5f}));
  EXPECT_FLOAT_EQ(score.outputs[1][0], 0.6f);  // of 0.9, 0.3 and 0.6
  // One that is left is not taken for the whole.
  const RecordingScore one = recording_score(windows, SpeechRule{.output = 1, .least = 0.7f});
  EXPECT_EQ(one.outputs[0], (std::vector<float>{0.25f, 0.75f}));
  EXPECT_FLOAT_EQ(one.outputs[1][0], 0.6f);
}

TEST(RecordingScoreTest, NoSpeechIsAReasonAndHasItsLevel) {
  const std::vector<WindowScore> windows{{{{0.25f, 0.75f}, {0.5f}}, false, 32000},
                                         {{{0.75f, 0.25f}, {0.25f}}, false, 32000}};
  const RecordingScore score = recording_score(windows, SpeechRule{.output = 1, .least = 0.51f});
  EXPECT_EQ(score.reason, Abstention::no_speech);
  EXPECT_EQ(to_text(score.reason), std::string("no_speech"));
  EXPECT_EQ(score.outputs[1][0], 0.375f);
  EXPECT_EQ(recording_score({}, SpeechRule{}).reason, Abstention::silence);
  // 1 alone is clean enough for 1.
  const std::vector<WindowScore> clean{{{{0.25f, 0.75f}, {1.0f}}, true, 400}};
  EXPECT_EQ(recording_score(clean, SpeechRule{.output = 1, .least = 1}).reason, Abstention::none);
  EXPECT_TRUE(recording_score(clean, SpeechRule{.output = 1, .least = 1}).short_clip);
}

TEST(RecordingScoreTest, OneNumberThatIsNoneIsFound) {
  EXPECT_TRUE(is_finite({{{0.2f, 0.8f}, {}, {0.3f}}, false, 1}));
  EXPECT_TRUE(is_finite({}));
  EXPECT_FALSE(is_finite({{{0.2f, 0.8f}, {std::nanf("")}}, false, 1}));
  EXPECT_FALSE(is_finite({{{0.2f, 0.8f}, {0.1f}, {1, 2, HUGE_VALF}}, false, 1}));
}

}  // namespace
}  // namespace serene::runtime
