// The library on samples gives what the program gives on a file of them: rows and results, bit for bit.
#include <gtest/gtest.h>

#include <cmath>
#include <serene/serene.hpp>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

namespace library = ::serene;

// Rows have six decimals of seconds and shares.
constexpr double kRounded = 0.51e-6;

struct Sound {
  std::vector<float> samples;  // (frames, channels)
  int channels, rate;
};

// Two sides that take turns, as those of a call, with pauses between turns.
Sound conversation(double seconds, int rate) {
  Sound sound{{}, 2, rate};
  const auto frames = static_cast<size_t>(seconds * rate);
  const std::vector<float> hiss = noise(0.05, 2 * frames);
  for (size_t i = 0; i < frames; ++i) {
    const double t = static_cast<double>(i) / rate;
    const bool first = std::fmod(t, 11)<4, second = std::fmod(t, 11)> 5.5 && std::fmod(t, 11) < 9;
    const auto left = static_cast<float>(sine_at(180 + 5 * t, 0.4, t)) + hiss[2 * i];
    const auto right = static_cast<float>(sine_at(260 + 3 * t, 0.3, t)) + hiss[2 * i + 1];
    sound.samples.push_back(first ? left : 0);
    sound.samples.push_back(second ? right : 0);
  }
  return sound;
}

class LibraryRunTest : public testing::Test {
 protected:
  // The rows of `serene score` of a file of floats with these samples.
  std::vector<Json> rows_for(const Sound& sound, const std::string& model, std::vector<std::string> options) {
    write_audio(folder_ / "sound.wav", sound.samples, kWavFloat, sound.rate, sound.channels);
    options.insert(options.begin(), {"score", "--quiet", "--model", model, folder_ / "sound.wav"});
    const ProcessResult run = serene(options);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return rows_of(run.out);
  }
  const TempFolder folder_;
};

void expect_verdict(const Json& row, const std::vector<std::string>& labels, const std::string& label,
                    const std::vector<float>& posterior, float coefficient) {
  EXPECT_EQ(row["coefficient"].is_null(), std::isnan(coefficient)) << row;
  if (!std::isnan(coefficient)) {
    EXPECT_EQ(row["coefficient"].get<float>(), coefficient) << row;
  }
  if (posterior.empty()) {
    EXPECT_TRUE(row["label"].is_null()) << row;
    return;
  }
  EXPECT_EQ(row["label"], label);
  ASSERT_EQ(posterior.size(), labels.size());
  for (size_t k = 0; k < labels.size(); ++k) {
    EXPECT_EQ(row["posterior"][labels[k]].get<float>(), posterior[k]) << row;
  }
}

// Rows of the recording's windows, where they were asked for, and the recording's own.
void expect_rows(std::span<const Json> rows, const library::Model& model,
                 const library::RecordingScore& recording) {
  const std::vector<std::string> labels = model.labels();
  const Json& whole = rows.back();
  if (rows.size() > 1) {
    ASSERT_EQ(rows.size(), recording.windows.size() + 1);
    for (size_t i = 0; i < recording.windows.size(); ++i) {
      const library::Window& window = recording.windows[i];
      EXPECT_NEAR(rows[i]["start"].get<double>(), window.start, kRounded);
      EXPECT_NEAR(rows[i]["seconds"].get<double>(), window.seconds, kRounded);
      expect_verdict(rows[i], labels, window.label, window.posterior, window.coefficient);
      EXPECT_EQ(rows[i]["flags"], window.flags == SERENE_CLIP_SHORT ? Json({"short"}) : Json::array());
    }
  }
  expect_verdict(whole, labels, recording.label, recording.posterior, recording.coefficient);
  EXPECT_NEAR(whole["seconds"].get<double>(), recording.seconds, kRounded);
  EXPECT_EQ(whole.value("windows", size_t{1}), std::max<size_t>(recording.windows.size(), 1));
  EXPECT_NEAR(whole.value("silent_share", 0.0), recording.silent_share, kRounded);
  EXPECT_NEAR(whole.value("clipped_share", 0.0),
              (recording.flags & SERENE_RECORDING_CLIPPING) != 0 ? recording.clipped_share : 0, kRounded);
  EXPECT_EQ(whole.value("reason", ""), recording.reason);
  Json flags = Json::array();
  if ((recording.flags & SERENE_CLIP_SHORT) != 0) flags.push_back("short");
  if ((recording.flags & SERENE_RECORDING_SILENT) != 0) flags.push_back("silence");
  if ((recording.flags & SERENE_RECORDING_QUIET) != 0) flags.push_back("quiet");
  if ((recording.flags & SERENE_RECORDING_CLIPPING) != 0) flags.push_back("clipping");
  EXPECT_EQ(whole["flags"], flags);
}

library::RecordingScore score(const library::Model& model, const Sound& sound,
                              const library::RecordingOptions& options = {}) {
  library::Engine engine(model);
  return engine.score_recording(sound.samples, static_cast<uint32_t>(sound.channels),
                                static_cast<uint32_t>(sound.rate), options);
}

// Longer than what the program reads at a time, which is a minute.
TEST_F(LibraryRunTest, ALongRecordingInStereoAt44100Hz) {
  const library::Model model(SERENE_TEST_TINY_MODEL);
  const Sound sound = conversation(75, 44100);
  const library::RecordingScore mix = score(model, sound);
  EXPECT_GT(mix.windows.size(), 100u);
  expect_rows(rows_for(sound, SERENE_TEST_TINY_MODEL, {}), model, mix);
  const std::vector<Json> each = rows_for(sound, SERENE_TEST_TINY_MODEL, {"--channels", "each"});
  ASSERT_EQ(each.size(), 2u);
  expect_rows(std::span(each).subspan(0, 1), model, score(model, sound, {.channel = 0}));
  expect_rows(std::span(each).subspan(1, 1), model, score(model, sound, {.channel = 1}));
}

TEST_F(LibraryRunTest, WindowsByLengthAndHop) {
  const library::Model model(SERENE_TEST_QUICK_MODEL);
  const Sound sound = conversation(7, 44100);
  expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {"--window", "0.17", "--hop", "0.11"}), model,
              score(model, sound, {.window = 0.17, .hop = 0.11}));
  expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {"--hop", "0.15", "--channels", "1"}), model,
              score(model, sound, {.hop = 0.15, .channel = 1}));
}

TEST_F(LibraryRunTest, ALevel) {
  const library::Model model(SERENE_TEST_QUICK_MODEL);
  Sound sound = conversation(7, 44100);
  for (float& sample : sound.samples) sample *= 0.05f;
  EXPECT_EQ(score(model, sound).flags, SERENE_RECORDING_QUIET);
  expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {}), model, score(model, sound));
  expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {"--level", "-20.5"}), model,
              score(model, sound, {.level = -20.5}));
}

TEST_F(LibraryRunTest, AnyRate) {
  const library::Model model(SERENE_TEST_QUICK_MODEL);
  for (const int rate : {1000, 8000, 11025, 16000, 48000, 768000}) {
    const Sound sound = conversation(0.7, rate);
    expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {"--hop", "0.1"}), model,
                score(model, sound, {.hop = 0.1}));
  }
}

TEST_F(LibraryRunTest, SilenceClippingAndShortOnes) {
  const library::Model model(SERENE_TEST_QUICK_MODEL);
  Sound silent{std::vector<float>(2 * 22050), 2, 22050}, loud{noise(3, 22050), 1, 22050};
  for (float& sample : loud.samples) sample = std::clamp(sample, -1.0f, 1.0f);
  const Sound brief{noise(0.3, 300), 3, 8000};
  Sound tiny{noise(0.3, 20000), 1, 44100};
  for (size_t i = 0; i < 10000; ++i) tiny.samples[i] *= 1e-38f;  // subnormal, mostly
  for (const Sound& sound : {silent, loud, brief, tiny}) {
    expect_rows(rows_for(sound, SERENE_TEST_QUICK_MODEL, {}), model, score(model, sound));
  }
}

}  // namespace
}  // namespace serene::test
