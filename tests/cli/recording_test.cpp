// A file on its way to the engine: channels, coding, length.
#include "cli/audio/recording.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/audio/waveform_flags.h"
#include "tests/cli/audio_files.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

TEST(MixDownTest, IsTheMeanOfTheChannels) {
  const std::vector<float> interleaved{1.0f, 0.0f, -0.5f, 0.25f, 0.5f, 0.75f};  // (2 frames, 3 channels)
  std::vector<float> mono(2);
  cli::mix_down(interleaved, 3, mono);
  EXPECT_FLOAT_EQ(mono[0], 0.5f / 3);
  EXPECT_FLOAT_EQ(mono[1], 0.5f);
}

TEST(MixDownTest, DoesNotOverflow) {
  const std::vector<float> interleaved{3e38f, 3e38f};
  std::vector<float> mono(1);
  cli::mix_down(interleaved, 2, mono);
  EXPECT_FLOAT_EQ(mono[0], 3e38f);
}

TEST(RecordingTest, FloatWavAt16kComesThroughBitForBit) {
  const TempFolder folder;
  const std::vector<float> samples = sine(440, 0.5, 16000, 1.5);
  write_audio(folder / "a.wav", samples, kWavFloat);
  const cli::Recording recording = cli::load_recording(folder / "a.wav");
  EXPECT_EQ(recording.samples, samples);
  EXPECT_DOUBLE_EQ(recording.seconds, 1.5);
  EXPECT_FALSE(recording.truncated || recording.silence || recording.clipping);
}

TEST(RecordingTest, ThirtyTwoChannelsAreMixedDown) {
  const TempFolder folder;
  std::vector<float> samples;
  for (int i = 0; i < 1000 * 32; ++i) samples.push_back(static_cast<float>(i % 32) / 64);
  write_audio(folder / "a.wav", samples, kWavFloat, 16000, 32);
  const cli::Recording recording = cli::load_recording(folder / "a.wav");
  ASSERT_EQ(recording.samples.size(), 1000u);
  for (const float value : recording.samples) ASSERT_FLOAT_EQ(value, 15.5f / 64);
}

TEST(RecordingTest, StereoAt44100KeepsTheTone) {
  const TempFolder folder;
  write_audio(folder / "a.flac", sine(440, 0.5, 44100, 1.0, 2), SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 44100, 2);
  const cli::Recording recording = cli::load_recording(folder / "a.flac");
  ASSERT_NEAR(static_cast<double>(recording.samples.size()), 16000, 1);
  for (size_t i = 800; i < 15200; ++i) {
    ASSERT_NEAR(recording.samples[i], sine_at(440, 0.5, static_cast<double>(i) / 16000), 1e-5);
  }
}

TEST(RecordingTest, CutFilesSayHowLongTheyShouldBe) {
  const TempFolder folder;
  for (const int format : {kWav16, kFlac}) {
    const std::string path = folder / "cut";
    write_audio(path, sine(440, 0.5, 16000, 4), format);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    const cli::Recording recording = cli::load_recording(path);
    EXPECT_TRUE(recording.truncated);
    ASSERT_TRUE(recording.declared_seconds.has_value());
    EXPECT_NEAR(*recording.declared_seconds, 4, 1e-9);
    EXPECT_GT(recording.seconds, 1.5);
    EXPECT_LT(recording.seconds, 2.5);
  }
}

TEST(RecordingTest, StreamedWavGivesTheSoundOfTheFinishedOne) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 1), kWav16);
  const std::vector<float> finished = cli::load_recording(folder / "a.wav").samples;
  std::string bytes = read_file(folder / "a.wav");
  for (const char filler : {'\0', '\xff'}) {
    bytes.replace(40, 4, std::string(4, filler));
    write_file(folder / "a.wav", bytes);
    const cli::Recording streamed = cli::load_recording(folder / "a.wav");
    EXPECT_EQ(streamed.samples, finished);
    EXPECT_FALSE(streamed.declared_seconds.has_value());
  }
}

TEST(WaveformFlagsTest, ALonePeakIsNotClipping) {
  cli::WaveformFlags flags(1, 1.0f);
  std::vector<float> samples(1000);
  samples[500] = 1.0f;
  flags.add(samples);
  EXPECT_EQ(flags.clipped_share(), 0);
  EXPECT_FALSE(flags.clipping());
}

TEST(WaveformFlagsTest, CountsRunsByChannelAndAcrossBlocks) {
  cli::WaveformFlags flags(2, 1.0f);
  // Left: 3 samples at full scale over two blocks; right: never two in a row.
  flags.add(std::vector{1.0f, 1.0f, -1.0f, 0.0f});
  flags.add(std::vector{1.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f});
  EXPECT_DOUBLE_EQ(flags.clipped_share(), 3.0 / 10);
  EXPECT_TRUE(flags.clipping());
}

TEST(WaveformFlagsTest, DitherIsSilence) {
  cli::WaveformFlags flags(1, 1.0f);
  flags.add(std::vector{1.0f / 32768, -1.0f / 32768, 0.0f});
  EXPECT_TRUE(flags.silence());
  flags.add(std::vector{1.0f / 4096});
  EXPECT_FALSE(flags.silence());
}

}  // namespace
}  // namespace serene::test
