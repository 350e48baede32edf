#include "cli/score/failure_limit.h"

#include <gtest/gtest.h>

#include "cli/base/stop.h"

namespace serene::cli {
namespace {

TEST(FailureLimitTest, ANumberIsHowManyMayFail) {
  EXPECT_FALSE(FailureLimit("").exceeded(1000, 1000, true));
  EXPECT_TRUE(FailureLimit("0").exceeded(1, 1, false));
  EXPECT_FALSE(FailureLimit("3").exceeded(3, 3, true));
  EXPECT_TRUE(FailureLimit("3").exceeded(4, 1000, false));
}

TEST(FailureLimitTest, AShareIsLookedAtOnceThereIsEnough) {
  const FailureLimit limit("2.5%");
  EXPECT_FALSE(limit.exceeded(99, 99, false));
  EXPECT_TRUE(limit.exceeded(99, 99, true));
  EXPECT_FALSE(limit.exceeded(5, 200, false));
  EXPECT_TRUE(limit.exceeded(6, 200, false));
}

TEST(FailureLimitTest, NonsenseIsRefused) {
  for (const char* text : {"x", "-1", "1.5", "101%", "%", "nan", "inf%", "5%%", " 5"}) {
    EXPECT_THROW(FailureLimit limit(text), Stop) << text;
  }
}

}  // namespace
}  // namespace serene::cli
