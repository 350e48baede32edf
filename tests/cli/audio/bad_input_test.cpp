// The list of bad inputs through the reader: a defined error or a recording, at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cli/audio/recording.h"
#include "cli/base/input_error.h"
#include "tests/cli/audio/bad_inputs.h"

// libsndfile 1.2.0 forgets Vorbis' tables when it refuses a damaged Ogg file; its leak, not ours to report.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init";
}

namespace serene::test {
namespace {

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsReadOrRefusedAsListed) {
  const BadInput& input = GetParam();
  const TempFolder folder;
  const std::string path = input.file.front() == '/' ? input.file : folder / input.file;
  if (input.make) input.make(path);
  const auto start = std::chrono::steady_clock::now();
  try {
    const cli::Recording recording = cli::load_recording(path);
    if (input.stage != nullptr) {
      ASSERT_STREQ(input.stage, "") << "was read";
    }
    EXPECT_FALSE(recording.samples.empty());
    EXPECT_TRUE(std::all_of(recording.samples.begin(), recording.samples.end(),
                            [](float v) { return std::isfinite(v); }));
    const auto flagged = [&](const char* flag) {
      return std::find(input.flags.begin(), input.flags.end(), flag) != input.flags.end();
    };
    if (input.stage != nullptr) {
      EXPECT_EQ(recording.truncated, flagged("truncated"));
      EXPECT_EQ(recording.trailing_data, flagged("trailing_data"));
      EXPECT_EQ(recording.silence, flagged("silence"));
      EXPECT_EQ(recording.clipping, flagged("clipping"));
    }
    if (input.seconds != 0) {
      EXPECT_NEAR(recording.seconds, input.seconds, 1e-9);
    }
  } catch (const cli::InputError& error) {
    if (input.stage != nullptr) {
      EXPECT_STREQ(cli::stage_name(error.stage()), input.stage) << error.what();
    }
    if (input.code != nullptr) {
      EXPECT_EQ(error.code(), input.code) << error.what();
    }
    EXPECT_STRNE(error.what(), "");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

INSTANTIATE_TEST_SUITE_P(All, BadInputTest, testing::ValuesIn(bad_inputs()), [](const auto& test) {
  if (test.param.name != nullptr) return std::string(test.param.name);
  return test.param.file.substr(0, test.param.file.find('.'));
});

TEST(NonFiniteTest, NamesTheFirstSample) {
  const TempFolder folder;
  std::vector<float> values = with_value(std::numeric_limits<float>::quiet_NaN(), 20000);
  values[30000] = values[20000];
  write_audio(folder / "nan.wav", values, kWavFloat);
  try {
    cli::load_recording(folder / "nan.wav");
    FAIL();
  } catch (const cli::InputError& error) {
    EXPECT_STREQ(error.what(), "sample 20000 is not a number");
  }
}

// A file cut or spoilt anywhere must be read or refused, never crash: run under sanitizers.
TEST(SpoiltFileTest, EveryFormatSurvivesCutsAndFlippedBytes) {
  const TempFolder folder;
  const std::string path = folder / "spoilt";
  int read = 0, refused = 0;
  const auto load = [&] {
    try {
      cli::load_recording(path);
      ++read;
    } catch (const cli::InputError&) {
      ++refused;
    }
  };
  uint32_t random = 12345;
  for (const int format : {kWav16, kWavFloat, kFlac, kOgg, kMp3, SF_FORMAT_AIFF | SF_FORMAT_PCM_24,
                           SF_FORMAT_AU | SF_FORMAT_ULAW, SF_FORMAT_RF64 | SF_FORMAT_PCM_16,
                           SF_FORMAT_W64 | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM}) {
    write_audio(path, sine(440, 0.5, 16000, 0.25), format);
    const std::string whole = read_file(path);
    for (int i = 1; i < 10; ++i) {
      write_file(path, std::string_view(whole).substr(0, whole.size() * static_cast<size_t>(i) / 10));
      load();
    }
    for (int i = 0; i < 30; ++i) {
      std::string spoilt = whole;
      for (int k = 0; k < 4; ++k) {
        random = random * 1664525 + 1013904223;
        spoilt[(random >> 8) % std::min<size_t>(spoilt.size(), 200)] = static_cast<char>(random >> 3);
      }
      write_file(path, spoilt);
      load();
    }
  }
  EXPECT_EQ(read + refused, 390);
  EXPECT_GT(read, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace serene::test
