// Batching and order, with a stand-in for the engine whose posterior tells which clip it saw.
#include "cli/score/scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

// (count) of `value` and its negative in turn: an offset would be no sound.
std::vector<float> sound_of(size_t count, float value) {
  std::vector<float> samples(count, value);
  for (size_t i = 1; i < count; i += 2) samples[i] = -value;
  return samples;
}

Recordings recording_of(size_t samples, float value) {
  Recordings recordings(1);
  recordings[0].samples = sound_of(samples, value);
  recordings[0].seconds = static_cast<double>(samples) / 16000;
  return recordings;
}

Input named(const std::string& path) { return {.path = path}; }

class ScorerTest : public testing::Test {
 protected:
  Scorer scorer(ScoringRule rule) {
    return Scorer(
        rule,
        RowOutputs({{"which", SERENE_OUTPUT_CLASSES, 2, {"a", "b"}},
                    {"coefficient"},
                    {"pair", SERENE_OUTPUT_VECTOR, 2},
                    {"loudness"}}),
        [this](std::span<const serene_clip> clips) { return score(clips); },
        [this](const Outcome& outcome) { outcomes_.push_back(outcome); });
  }

  std::vector<ClipOutputs> score(std::span<const serene_clip> clips) {
    batches_.push_back(clips.size());
    std::vector<ClipOutputs> scores;
    for (const serene_clip& clip : clips) {
      lengths_.push_back(clip.count);
      if (clip.samples[0] == kBad) throw Failure(SERENE_AUDIO_ERROR, "bad clip");
      if (clip.samples[0] == kDeviceLost) throw Failure(SERENE_DEVICE_ERROR, "device lost");
      const float p = std::abs(clip.samples[0]);
      scores.push_back({{{p, 1 - p}, {0.5f}, {p, -p}, {10 * p}}});
    }
    return scores;
  }

  static constexpr float kBad = -1, kDeviceLost = -2;
  std::vector<Outcome> outcomes_;
  std::vector<size_t> batches_, lengths_;
};

TEST_F(ScorerTest, FillsBatchesAcrossRecordingsAndKeepsTheOrder) {
  Scorer scorer = this->scorer({.window = 100, .hop = 100, .batch = 4});
  scorer.add(named("one"), {recording_of(300, 0.25f)});  // 3 windows
  scorer.add(named("gone"), InputError(Stage::open, "not_found", "No such file"));
  scorer.add(named("two"), {recording_of(50, 0.75f)});
  EXPECT_EQ(batches_, (std::vector<size_t>{4}));
  scorer.add(named("three"), {recording_of(100, 0.5f)});
  scorer.flush();
  EXPECT_EQ(batches_, (std::vector<size_t>{4, 1}));
  ASSERT_EQ(outcomes_.size(), 4u);
  EXPECT_EQ(outcomes_[0].input.path, "one");
  EXPECT_EQ(outcomes_[0].rows[0]["windows"], 3);
  EXPECT_EQ(outcomes_[0].rows[0]["posterior"]["a"], 0.25);
  EXPECT_TRUE(outcomes_[1].failed());
  EXPECT_EQ(outcomes_[2].rows[0]["label"], "a");
  EXPECT_EQ(outcomes_[3].input.path, "three");
}

TEST_F(ScorerTest, ARowWithoutALabelIsNoFailureAndKeepsItsOutputs) {
  Scorer scorer =
      this->scorer({.window = 100,
                    .hop = 100,
                    .window_rows = true,
                    .vector = 2,
                    .labels = {.speech = 3, .speech_threshold = 5, .classes = 0, .min_confidence = 0.8}});
  Recordings recordings = recording_of(100, 0.875f);
  for (const float sample : sound_of(100, 0.25f)) recordings[0].samples.push_back(sample);
  scorer.add(named("some"), {recordings});
  scorer.add(named("none"), {recording_of(200, 0.25f)});
  scorer.add(named("unsure"), {recording_of(100, 0.75f)});
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 3u);
  const std::vector<Row>& some = outcomes_[0].rows;
  EXPECT_EQ(some[0]["label"], "a");
  EXPECT_FALSE(some[0].contains("reason"));
  EXPECT_TRUE(some[1]["label"].is_null());
  EXPECT_EQ(some[1]["reason"], "no_speech");
  EXPECT_EQ(some[2]["label"], "a");
  EXPECT_EQ(some[2]["posterior"]["a"], 0.875);
  EXPECT_EQ(some[2]["windows"], 2);
  EXPECT_EQ(outcomes_[0].vectors, (std::vector<float>{0.875f, -0.875f, 0.25f, -0.25f, 0.875f, -0.875f}));
  const Row& none = outcomes_[1].rows[2];
  EXPECT_FALSE(outcomes_[1].failed());
  EXPECT_TRUE(none["label"].is_null());
  EXPECT_EQ(none["reason"], "no_speech");
  EXPECT_EQ(none["outputs"]["loudness"], 2.5);
  EXPECT_EQ(outcomes_[2].rows[1]["reason"], "confidence");
  EXPECT_EQ(outcomes_[2].rows[1]["posterior"]["a"], 0.75);
  EXPECT_EQ(outcomes_[2].vectors, (std::vector<float>{0.75f, -0.75f, 0.75f, -0.75f}));
}

TEST_F(ScorerTest, ABatchHasSoManySamplesAtTheMostOrOneClip) {
  Scorer scorer = this->scorer({.batch = 4, .batch_samples = 100, .pool = 2});
  for (const size_t length : {40, 60, 101, 30, 71, 30, 30, 10}) {
    scorer.add(named(std::to_string(length)), {recording_of(length, 0.5f)});
  }
  EXPECT_EQ(lengths_, (std::vector<size_t>{10, 30, 30, 30, 40, 60, 71, 101}));
  EXPECT_EQ(batches_, (std::vector<size_t>{4, 2, 1, 1}));
  EXPECT_EQ(outcomes_.size(), 8u);
}

TEST_F(ScorerTest, ClipsOfLikeLengthGoTogetherAndTheOrderStays) {
  Scorer scorer = this->scorer({.batch = 2, .pool = 2});
  const std::vector<std::pair<size_t, float>> clips{{900, 0.1f}, {10, 0.2f}, {800, 0.3f}, {20, 0.4f}};
  for (const auto& [length, value] : clips) {
    scorer.add(named(std::to_string(length)), {recording_of(length, value)});
  }
  EXPECT_EQ(lengths_, (std::vector<size_t>{10, 20, 800, 900}));
  EXPECT_EQ(batches_, (std::vector<size_t>{2, 2}));
  ASSERT_EQ(outcomes_.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(outcomes_[i].input.path, std::to_string(clips[i].first));
    EXPECT_EQ(outcomes_[i].rows[0]["posterior"]["a"], shortest(clips[i].second));
  }
}

TEST_F(ScorerTest, WindowRowsComeBeforeTheRecordings) {
  Scorer scorer = this->scorer({.window = 16000, .hop = 8000, .window_rows = true});
  scorer.add(named("one"), {recording_of(32000, 0.25f)});
  scorer.flush();
  ASSERT_EQ(outcomes_[0].rows.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcomes_[0].rows[static_cast<size_t>(i)]["window"], i);
    EXPECT_EQ(outcomes_[0].rows[static_cast<size_t>(i)]["start"], 0.5 * i);
  }
  EXPECT_EQ(outcomes_[0].rows[3]["seconds"], 2.0);
}

TEST_F(ScorerTest, AClipTheEngineRefusesCostsItsOwnRecordingOnly) {
  Scorer scorer = this->scorer({.batch = 3});
  scorer.add(named("good"), {recording_of(10, 0.5f)});
  scorer.add(named("bad"), {recording_of(10, kBad)});
  scorer.add(named("fine"), {recording_of(10, 0.5f)});
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 3u);
  EXPECT_FALSE(outcomes_[0].failed());
  EXPECT_TRUE(outcomes_[1].failed());
  EXPECT_EQ(outcomes_[1].rows[0]["error"]["code"], "invalid_audio");
  EXPECT_EQ(outcomes_[1].rows[0]["error"]["message"], "bad clip");
  EXPECT_FALSE(outcomes_[2].failed());
}

TEST_F(ScorerTest, ARecordingWithOneBadWindowOverSeveralBatchesGivesOneErrorRow) {
  Scorer scorer = this->scorer({.window = 10, .hop = 10, .window_rows = true, .batch = 2});
  Recordings recordings = recording_of(50, 0.5f);
  recordings[0].samples[0] = kBad;
  scorer.add(named("bad"), {std::move(recordings)});
  scorer.add(named("good"), {recording_of(10, 0.5f)});
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 2u);
  EXPECT_EQ(outcomes_[0].rows.size(), 1u);
  EXPECT_TRUE(outcomes_[0].failed());
  EXPECT_FALSE(outcomes_[1].failed());
}

TEST_F(ScorerTest, AClipOfOneChannelCostsThatChannelsRowOnly) {
  Scorer scorer = this->scorer({.batch = 4});
  Recordings channels(3);
  for (int i = 0; i < 3; ++i) {
    channels[static_cast<size_t>(i)].channel = i;
    channels[static_cast<size_t>(i)].samples = sound_of(100, i == 1 ? kBad : 0.25f);
    channels[static_cast<size_t>(i)].seconds = 2;
  }
  scorer.add(named("call"), {std::move(channels)});
  scorer.add(named("next"), {recording_of(10, 0.5f)});
  ASSERT_EQ(outcomes_.size(), 2u);
  ASSERT_EQ(outcomes_[0].rows.size(), 3u);
  EXPECT_EQ(outcomes_[0].rows[0]["channel"], 0);
  EXPECT_EQ(outcomes_[0].rows[1]["channel"], 1);
  EXPECT_EQ(outcomes_[0].rows[1]["error"]["code"], "invalid_audio");
  EXPECT_EQ(outcomes_[0].rows[2]["posterior"]["a"], 0.25);
  EXPECT_TRUE(outcomes_[0].failed());
  EXPECT_EQ(outcomes_[0].seconds, 4);
  EXPECT_EQ(outcomes_[0].samples, 300u);
  EXPECT_FALSE(outcomes_[1].failed());
}

// An input is handed out once all its channels are scored, however the batches fall.
TEST_F(ScorerTest, ChannelsWaitForEachOther) {
  Scorer scorer = this->scorer({.window = 10, .hop = 10, .batch = 3});
  Recordings channels = recording_of(20, 0.25f);
  channels.push_back(channels[0]);
  scorer.add(named("call"), {std::move(channels)});
  EXPECT_EQ(batches_, (std::vector<size_t>{3}));
  EXPECT_TRUE(outcomes_.empty());
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].rows.size(), 2u);
  EXPECT_EQ(outcomes_[0].samples, 40u);
}

// The samples in pieces of `most`, every one with a value of its own, the even ones positive; an error in the
// place of the last.
Sound pieces_of(size_t samples, size_t most, size_t from = 0, bool fails = false) {
  Sound sound{Recordings(1)};
  const size_t count = std::min(most, samples - from);
  for (size_t i = from; i < from + count; ++i) {
    sound.recordings[0].samples.push_back(static_cast<float>(i) / (i % 2 == 0 ? 1024.0f : -1024.0f));
  }
  if (from + count < samples) {
    sound.rest = [=] { return pieces_of(samples, most, from + count, fails); };
  } else {
    if (fails) throw InputError(Stage::decode, "read_failed", "gone");
    sound.recordings[0].seconds = 7;
    sound.recordings[0].truncated = true;
  }
  return sound;
}

TEST_F(ScorerTest, PiecesGiveTheRowsOfTheWhole) {
  const ScoringRule rule{.window = 10, .hop = 4, .window_rows = true, .batch = 3};
  Scorer whole = this->scorer(rule);
  whole.add(named("a"), pieces_of(133, 1000));
  whole.flush();
  for (const size_t most : {1, 9, 10, 50}) {
    Scorer scorer = this->scorer(rule);
    scorer.add(named("a"), pieces_of(133, most));
    scorer.flush();
    EXPECT_EQ(outcomes_.back().rows, outcomes_.front().rows) << most;
    EXPECT_EQ(outcomes_.back().samples, most) << "what the stream knows of";
  }
  ASSERT_EQ(outcomes_[0].rows.size(), 33u);
  EXPECT_EQ(outcomes_[0].rows[31]["posterior"]["a"], shortest(123.0f / 1024));
  EXPECT_EQ(outcomes_[0].rows[32]["flags"], Row{"truncated"});
}

TEST_F(ScorerTest, OtherOutputsAreTheMeanOfTheWindowsToo) {
  Scorer scorer = this->scorer({.window = 10, .hop = 10, .window_rows = true});
  Recordings recordings = recording_of(20, 0.25f);
  for (size_t i = 10; i < 20; ++i) recordings[0].samples[i] *= 3;
  scorer.add(named("a"), {std::move(recordings)});
  scorer.flush();
  ASSERT_EQ(outcomes_.at(0).rows.size(), 3u);
  EXPECT_EQ(outcomes_[0].rows[0]["outputs"], (Row{{"loudness", 2.5}}));
  EXPECT_EQ(outcomes_[0].rows[1]["outputs"], (Row{{"loudness", 7.5}}));
  EXPECT_EQ(outcomes_[0].rows[2]["outputs"], (Row{{"loudness", 5.0}}));
}

// Of sound and silence in turn, seconds of each.
Recordings recording_of(const std::vector<std::pair<double, double>>& parts) {
  Recordings recordings(1);
  std::vector<float>& samples = recordings[0].samples;
  for (const auto& [sound, silence] : parts) {
    const std::vector<float> more = sound_of(static_cast<size_t>(sound * 16000), 0.25f);
    samples.insert(samples.end(), more.begin(), more.end());
    samples.insert(samples.end(), static_cast<size_t>(silence * 16000), 0.0f);
  }
  return recordings;
}

TEST_F(ScorerTest, SilenceCostsTheEngineNothing) {
  Scorer scorer = this->scorer({.window = 16000, .hop = 16000});
  scorer.add(named("silence"), {recording_of({{0, 3600}})});
  EXPECT_EQ(outcomes_.size(), 1u) << "waits for no batch";
  EXPECT_TRUE(batches_.empty());
  EXPECT_FALSE(outcomes_.at(0).failed());
  ASSERT_EQ(outcomes_[0].rows.size(), 1u);
  EXPECT_TRUE(outcomes_[0].rows[0]["label"].is_null());
  EXPECT_EQ(outcomes_[0].rows[0]["reason"], "silence");
  scorer.add(named("talk"), {recording_of({{1, 600}, {0.5, 600}})});
  scorer.flush();
  EXPECT_EQ(lengths_, (std::vector<size_t>{8000, 16000}));
  EXPECT_EQ(outcomes_.at(1).rows[0]["windows"], 2);
  EXPECT_EQ(outcomes_[1].rows[0]["silent_share"], 0.998752);
}

TEST_F(ScorerTest, WhereAModelTakesAnyLengthEachStretchOfSoundIsAClip) {
  Scorer scorer = this->scorer({});
  scorer.add(named("talk"), {recording_of({{2, 1}, {3, 0.4}, {4, 0}})});
  scorer.flush();
  EXPECT_EQ(lengths_, (std::vector<size_t>{32000, 118400}));
}

TEST_F(ScorerTest, AGainIsOfTheSamplesThatAreScoredNotOfThoseThatAreHeard) {
  Scorer scorer = this->scorer({.window = 16000, .hop = 16000, .window_rows = true});
  Recordings recordings = recording_of({{1, 0.6}, {1, 0}});
  for (size_t i = 0; i < recordings[0].samples.size(); ++i) {
    if (recordings[0].samples[i] == 0) recordings[0].samples[i] = i % 2 == 0 ? 1e-4f : -1e-4f;  // -80 dB
  }
  recordings[0].gain = 0.5f;
  scorer.add(named("talk"), {recordings});
  recordings[0].gain = 100;  // the pause would be sound
  scorer.add(named("louder"), {recordings});
  recordings[0].gain = 0.05f;
  scorer.add(named("quiet"), {recordings});
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 3u);
  for (const Outcome& outcome : outcomes_) EXPECT_EQ(outcome.rows.back()["silent_share"], 0.153846);
  EXPECT_EQ(outcomes_[0].rows[0]["posterior"]["a"], 0.125);
  EXPECT_EQ(outcomes_[0].rows.back()["flags"], Row::array());
  EXPECT_EQ(outcomes_[1].rows[0]["posterior"]["a"], 25);
  EXPECT_EQ(outcomes_[2].rows.back()["flags"], Row{"quiet"});
}

// The other side of a call may be silent from beginning to end.
TEST_F(ScorerTest, AChannelOfSilenceHasItsRow) {
  Scorer scorer = this->scorer({});
  Recordings channels = recording_of({{1, 0}});
  channels.push_back(recording_of({{0, 1}})[0]);
  scorer.add(named("call"), {std::move(channels)});
  scorer.flush();
  ASSERT_EQ(outcomes_.at(0).rows.size(), 2u);
  EXPECT_EQ(outcomes_[0].rows[0]["label"], "b");
  EXPECT_EQ(outcomes_[0].rows[1]["reason"], "silence");
}

TEST_F(ScorerTest, APieceThatCannotBeReadCostsTheRecordingsRow) {
  Scorer scorer = this->scorer({.window = 10, .hop = 10, .window_rows = true, .batch = 4});
  scorer.add(named("before"), {recording_of(10, 0.5f)});
  scorer.add(named("bad"), pieces_of(133, 25, 0, true));
  scorer.add(named("after"), {recording_of(10, 0.25f)});
  scorer.flush();
  ASSERT_EQ(outcomes_.size(), 3u);
  EXPECT_FALSE(outcomes_[0].failed());
  ASSERT_EQ(outcomes_[1].rows.size(), 1u);
  EXPECT_EQ(outcomes_[1].rows[0]["error"]["code"], "read_failed");
  EXPECT_EQ(outcomes_[1].samples, 25u);
  EXPECT_EQ(outcomes_[2].rows[1]["posterior"]["a"], 0.25);
}

TEST_F(ScorerTest, AScoreThatIsNoNumberIsAnError) {
  Scorer scorer = this->scorer({});
  scorer.add(named("nan"), {recording_of(10, std::numeric_limits<float>::quiet_NaN())});
  scorer.flush();
  EXPECT_TRUE(outcomes_.at(0).failed());
  EXPECT_EQ(outcomes_[0].rows[0]["error"]["code"], "nonfinite_result");
}

TEST_F(ScorerTest, ALostDeviceEndsTheRun) {
  Scorer scorer = this->scorer({.batch = 1});
  try {
    scorer.add(named("a"), {recording_of(10, kDeviceLost)});
    FAIL();
  } catch (const Stop& stop) {
    EXPECT_EQ(stop.exit_code(), kExitDevice);
  }
}

}  // namespace
}  // namespace serene::cli
