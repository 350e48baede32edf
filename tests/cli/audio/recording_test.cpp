// A file on its way to the engine: channels, coding, length.
#include "cli/audio/recording.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/base/input_error.h"
#include "runtime/recording/mix.h"
#include "runtime/recording/waveform_flags.h"
#include "tests/cli/audio/audio_files.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

TEST(MixDownTest, IsTheMeanOfTheChannels) {
  const std::vector<float> interleaved{1.0f, 0.0f, -0.5f, 0.25f, 0.5f, 0.75f};  // (2 frames, 3 channels)
  std::vector<float> mono(2);
  runtime::mix_down(interleaved, 3, mono);
  EXPECT_FLOAT_EQ(mono[0], 0.5f / 3);
  EXPECT_FLOAT_EQ(mono[1], 0.5f);
}

TEST(MixDownTest, DoesNotOverflow) {
  const std::vector<float> interleaved{3e38f, 3e38f};
  std::vector<float> mono(1);
  runtime::mix_down(interleaved, 2, mono);
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
  for (const int format : {kWav16, kFlac, SF_FORMAT_W64 | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_PCM_16,
                           SF_FORMAT_AU | SF_FORMAT_PCM_24 | SF_ENDIAN_LITTLE}) {
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

// Tags, padding and what editors leave behind a recording are no sound.
TEST(RecordingTest, BytesThatAreNoSoundAreNotTrailingData) {
  const TempFolder folder;
  const std::string path = folder / "padded";
  for (const int format : {kWav16, kFlac, kOgg, kMp3}) {
    for (const double seconds : {0.2, 20.0}) {
      write_audio(path, noise(0.3, static_cast<size_t>(seconds * 16000)), format);
      const std::string bytes = read_file(path);
      for (const std::string& tail : {std::string(), "TAG" + std::string(125, ' '), std::string(5000, '\0'),
                                      std::string(5000, '\xff')}) {
        write_file(path, bytes + tail);
        const cli::Recording recording = cli::load_recording(path);
        EXPECT_FALSE(recording.trailing_data) << std::hex << format << ", " << tail.size();
        if (format != kWav16) {
          EXPECT_FALSE(recording.truncated) << std::hex << format << ", " << tail.size();
        }
      }
    }
  }
}

// An ID3v2 tag of `size` bytes, header included.
std::string id3_tag(size_t size) {
  std::string tag = "ID3\x04";
  tag.append(2, '\0');
  for (int shift = 21; shift >= 0; shift -= 7) tag += static_cast<char>((size - 10) >> shift & 0x7f);
  tag.resize(size);
  return tag;
}

TEST(RecordingTest, ATagInFrontOfAContainerCostsNoSound) {
  const TempFolder folder;
  for (const int format : {kWav16, kFlac, kOgg, kMp3, SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
                           SF_FORMAT_W64 | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_PCM_16}) {
    const std::string path = folder / "tagged";
    write_audio(path, noise(0.3, 8 * 16000), format);
    const cli::Recording plain = cli::load_recording(path);
    const std::string bytes = read_file(path);
    for (const std::string& tag : {id3_tag(200000), id3_tag(20), id3_tag(200) + id3_tag(1000)}) {
      write_file(path, tag + bytes);
      const cli::Recording tagged = cli::load_recording(path);
      EXPECT_EQ(tagged.seconds, plain.seconds) << std::hex << format << std::dec << " after " << tag.size();
      EXPECT_EQ(tagged.samples, plain.samples) << std::hex << format;
      EXPECT_FALSE(tagged.truncated) << std::hex << format;
    }
  }
}

TEST(RecordingTest, ATagThatIsAllThereIsIsNoRecording) {
  const TempFolder folder;
  for (const std::string& bytes : {id3_tag(200), id3_tag(200).substr(0, 100), id3_tag(200) + "RIFF"}) {
    write_file(folder / "tag", bytes);
    EXPECT_THROW(cli::load_recording(folder / "tag"), cli::InputError) << bytes.size();
  }
}

TEST(WaveformFlagsTest, ALonePeakIsNotClipping) {
  runtime::WaveformFlags flags(1, 1.0f);
  std::vector<float> samples(1000);
  samples[500] = 1.0f;
  flags.add(samples);
  EXPECT_EQ(flags.clipped_share(), 0);
  EXPECT_FALSE(flags.clipping());
}

TEST(WaveformFlagsTest, CountsRunsByChannelAndAcrossBlocks) {
  runtime::WaveformFlags flags(2, 1.0f);
  // Left: 3 samples at full scale over two blocks; right: never two in a row.
  flags.add(std::vector{1.0f, 1.0f, -1.0f, 0.0f});
  flags.add(std::vector{1.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f});
  EXPECT_DOUBLE_EQ(flags.clipped_share(), 3.0 / 10);
  EXPECT_TRUE(flags.clipping());
}

TEST(WaveformFlagsTest, DitherIsSilence) {
  runtime::WaveformFlags flags(1, 1.0f);
  flags.add(std::vector{1.0f / 32768, -1.0f / 32768, 0.0f});
  EXPECT_TRUE(flags.silence());
  flags.add(std::vector{1.0f / 4096});
  EXPECT_FALSE(flags.silence());
}

// Reads a file in pieces of `most` samples and puts them together.
cli::Recordings in_pieces(const std::string& path, const cli::Channels& channels, size_t most,
                          size_t& pieces) {
  cli::Sound sound = cli::load_sound(path, {}, channels, most);
  cli::Recordings all = sound.recordings;
  for (pieces = 1; sound.rest; ++pieces) {
    for (const cli::Recording& piece : sound.recordings) EXPECT_LT(piece.samples.size(), most + 20000);
    sound = sound.rest();
    for (size_t i = 0; i < all.size(); ++i) {
      std::vector<float> samples = std::move(all[i].samples);
      samples.insert(samples.end(), sound.recordings[i].samples.begin(), sound.recordings[i].samples.end());
      all[i] = sound.recordings[i];
      all[i].samples = std::move(samples);
    }
  }
  return all;
}

TEST(RecordingReaderTest, PiecesAreTheWholeBitForBit) {
  const TempFolder folder;
  const std::string path = folder / "a.flac";
  write_audio(path, noise(1.2, 2 * 44100 * 5), kFlac, 44100, 2);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) * 3 / 4);
  for (const cli::Channels& channels : {cli::Channels{}, cli::Channels{cli::Channels::Kind::each}}) {
    const cli::Recordings whole = cli::load_recordings(path, {}, channels);
    for (const size_t most : {1, 16000, 1 << 20}) {
      size_t pieces = 0;
      const cli::Recordings parts = in_pieces(path, channels, most, pieces);
      EXPECT_EQ(pieces > 1, most < 20000);
      ASSERT_EQ(parts.size(), whole.size());
      for (size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(parts[i].samples, whole[i].samples);
        EXPECT_EQ(parts[i].channel, whole[i].channel);
        EXPECT_EQ(parts[i].seconds, whole[i].seconds);
        EXPECT_TRUE(parts[i].truncated);
        EXPECT_EQ(parts[i].declared_seconds, whole[i].declared_seconds);
        EXPECT_TRUE(parts[i].clipping);
        EXPECT_EQ(parts[i].clipped_share, whole[i].clipped_share);
      }
    }
  }
}

TEST(RecordingReaderTest, WhatIsWrongLaterIsToldLater) {
  const TempFolder folder;
  std::vector<float> values = sine(440, 0.5, 16000, 10);
  values[100000] = NAN;
  write_audio(folder / "a.wav", values, kWavFloat);
  cli::Sound sound = cli::load_sound(folder / "a.wav", {}, {}, 16000);
  EXPECT_THROW(
      {
        while (sound.rest) sound = sound.rest();
      },
      cli::InputError);
}

}  // namespace
}  // namespace serene::test
