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
  const LabelRule rule{.speech = 1, .speech_threshold = 0.6};
  const RecordingScore score = recording_score(windows, rule);
  EXPECT_EQ(score.reason, Abstention::none);
  EXPECT_EQ(score.outputs[0], (std::vector<float>{0.5f, 0.5f}));
  EXPECT_FLOAT_EQ(score.outputs[1][0], 0.6f);  // of 0.9, 0.3 and 0.6
  // One that is left is not taken for the whole.
  const RecordingScore one = recording_score(windows, LabelRule{.speech = 1, .speech_threshold = 0.7});
  EXPECT_EQ(one.outputs[0], (std::vector<float>{0.25f, 0.75f}));
  EXPECT_FLOAT_EQ(one.outputs[1][0], 0.6f);
}

TEST(RecordingScoreTest, NoSpeechIsAReasonAndHasItsLevel) {
  const std::vector<WindowScore> windows{{{{0.25f, 0.75f}, {0.5f}}, false, 32000},
                                         {{{0.75f, 0.25f}, {0.25f}}, false, 32000}};
  const RecordingScore score = recording_score(windows, LabelRule{.speech = 1, .speech_threshold = 0.51});
  EXPECT_EQ(score.reason, Abstention::no_speech);
  EXPECT_EQ(to_text(score.reason), std::string("no_speech"));
  EXPECT_EQ(score.outputs[1][0], 0.375f);
  EXPECT_EQ(recording_score({}, LabelRule{}).reason, Abstention::silence);
  // 1 alone is clean enough for 1.
  const std::vector<WindowScore> clean{{{{0.25f, 0.75f}, {1.0f}}, true, 400}};
  EXPECT_EQ(recording_score(clean, LabelRule{.speech = 1, .speech_threshold = 1}).reason, Abstention::none);
  EXPECT_TRUE(recording_score(clean, LabelRule{.speech = 1, .speech_threshold = 1}).short_clip);
}

// Outputs: posterior, coefficient, probability of speech.
WindowScore window_of(float first, float speech, size_t length = 48000) {
  return {{{first, 1 - first}, {first}, {speech}}, false, length};
}
constexpr LabelRule kSpeech{.speech = 2, .speech_threshold = 0.5, .classes = 0};

TEST(RecordingScoreTest, WindowsWithoutSpeechLeaveTheMean) {
  const std::vector<WindowScore> windows{window_of(0.5f, 0.5f), window_of(0.125f, 0.49f),
                                         window_of(0.75f, 1.0f), window_of(0, 0)};
  const RecordingScore mean = recording_score(windows, kSpeech);
  EXPECT_EQ(mean.reason, Abstention::none);
  EXPECT_EQ(mean.outputs, (std::vector<std::vector<float>>{{0.625f, 0.375f}, {0.625f}, {1.99f / 4}}));
  EXPECT_EQ(window_abstention(windows[0], kSpeech), Abstention::none);
  EXPECT_EQ(window_abstention(windows[1], kSpeech), Abstention::no_speech);
  // Without a threshold each has its say.
  EXPECT_EQ(recording_score(windows).outputs[1][0], 1.375f / 4);
}

TEST(RecordingScoreTest, OneOfSeveralWithSpeechIsTakenAsItIsButForSpeech) {
  std::vector<WindowScore> windows{window_of(0.5f, 0.25f, 100), window_of(0.3f, 0.9f, 70)};
  windows[1].short_clip = true;
  const RecordingScore one = recording_score(windows, kSpeech);
  EXPECT_EQ(one.outputs[0], windows[1].outputs[0]);
  EXPECT_EQ(one.outputs[1], windows[1].outputs[1]);
  EXPECT_FLOAT_EQ(one.outputs[2][0], static_cast<float>((0.25 + 0.7 * 0.9) / 1.7));  // of both
  EXPECT_FALSE(one.short_clip);
}

TEST(RecordingScoreTest, NoSpeechIsTheMeanOfAllWithoutALabel) {
  const std::vector<WindowScore> windows{window_of(0.5f, 0.25f), window_of(1, 0)};
  const RecordingScore none = recording_score(windows, kSpeech);
  EXPECT_EQ(none.reason, Abstention::no_speech);
  EXPECT_EQ(to_text(none.reason), std::string("no_speech"));
  EXPECT_EQ(none.outputs, (std::vector<std::vector<float>>{{0.75f, 0.25f}, {0.75f}, {0.125f}}));
  EXPECT_EQ(recording_score({}, kSpeech).reason, Abstention::silence);
}

TEST(RecordingScoreTest, ALabelTakesConfidence) {
  LabelRule rule = kSpeech;
  rule.min_confidence = 0.7;
  // As rows have it: 0.7 is 0.7, though the float is less.
  const std::vector<WindowScore> windows{window_of(0.7f, 1)};
  EXPECT_EQ(recording_score(windows, rule).reason, Abstention::none);
  rule.min_confidence = 0.7001;
  const RecordingScore unsure = recording_score(windows, rule);
  EXPECT_EQ(unsure.reason, Abstention::confidence);
  EXPECT_EQ(to_text(unsure.reason), std::string("confidence"));
  EXPECT_EQ(unsure.outputs, windows[0].outputs);
  EXPECT_EQ(window_abstention(windows[0], rule), Abstention::confidence);
  // The mean decides, not its windows, and speech before it.
  const std::vector<WindowScore> sure{window_of(1, 1), window_of(1, 1), window_of(0.5f, 1)};
  EXPECT_EQ(recording_score(sure, rule).reason, Abstention::none);
  EXPECT_EQ(recording_score(std::vector<WindowScore>{window_of(0.5f, 0)}, rule).reason,
            Abstention::no_speech);
  rule.classes.reset();
  EXPECT_EQ(recording_score(windows, rule).reason, Abstention::none);
}

TEST(RecordingScoreTest, OneNumberThatIsNoneIsFound) {
  EXPECT_TRUE(is_finite({{{0.2f, 0.8f}, {}, {0.3f}}, false, 1}));
  EXPECT_TRUE(is_finite({}));
  EXPECT_FALSE(is_finite({{{0.2f, 0.8f}, {std::nanf("")}}, false, 1}));
  EXPECT_FALSE(is_finite({{{0.2f, 0.8f}, {0.1f}, {1, 2, HUGE_VALF}}, false, 1}));
}

}  // namespace
}  // namespace serene::runtime
