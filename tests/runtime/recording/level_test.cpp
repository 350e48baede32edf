#include "runtime/recording/level.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace serene::runtime {
namespace {

constexpr double kNoSound = -std::numeric_limits<double>::infinity();

TEST(RecordingLevelTest, TheGainIsTheDifference) {
  EXPECT_FLOAT_EQ(gain_to(-20, -40), 10);
  EXPECT_FLOAT_EQ(gain_to(-20, -20), 1);
  EXPECT_FLOAT_EQ(gain_to(-26, -20), static_cast<float>(std::pow(10, -0.3)));
  EXPECT_EQ(gain_to(-20, kNoSound), 1);
}

TEST(RecordingLevelTest, QuietIsBelow35DecibelsBelowFullScaleAndNoSilence) {
  EXPECT_FALSE(is_quiet(-20, 1));
  EXPECT_FALSE(is_quiet(-35, 1));
  EXPECT_TRUE(is_quiet(-35.1, 1));
  EXPECT_FALSE(is_quiet(kNoSound, 1));
  // As it is scored.
  EXPECT_FALSE(is_quiet(-50, 10));
  EXPECT_TRUE(is_quiet(-20, 0.1f));
}

}  // namespace
}  // namespace serene::runtime
