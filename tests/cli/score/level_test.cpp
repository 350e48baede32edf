#include "cli/score/level.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/cli/audio/audio_files.h"

namespace serene::cli {
namespace {

// Two channels, of which the first has a sine of this level in its first second.
Recordings channels_of(double level, size_t seconds) {
  Recordings channels(2);
  channels[0].samples = test::sine(1000, std::pow(10, level / 20) * std::sqrt(2.0), 16000, 1);
  for (Recording& channel : channels) channel.samples.resize(seconds * 16000);
  return channels;
}

TEST(LevelTest, TheGainIsOfTheFramesWithSound) {
  for (const double level : {-50.0, -35.0, -20.0, -3.0}) {
    const std::vector<float> gains = gains_to(-20, Sound{channels_of(level, 10)});
    ASSERT_EQ(gains.size(), 2u);
    EXPECT_NEAR(20 * std::log10(gains[0]), -20 - level, 1e-3);
    EXPECT_EQ(gains[1], 1) << "silence";
  }
}

TEST(LevelTest, PiecesGiveTheGainOfTheWhole) {
  Recordings whole = channels_of(-40, 3);
  const std::vector<float> wanted = gains_to(-20, Sound{whole});
  Sound sound{channels_of(-40, 1)};
  sound.rest = [] { return Sound{Recordings(2), [] { return Sound{Recordings(2)}; }}; };
  EXPECT_EQ(gains_to(-20, sound), wanted);
}

}  // namespace
}  // namespace serene::cli
