#include "cli/windows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace serene::cli {
namespace {

using Windows = std::vector<Window>;

TEST(WindowsTest, NoLongerThanAWindowIsOne) {
  EXPECT_EQ(plan_windows(1, 100, 100), (Windows{{0, 1}}));
  EXPECT_EQ(plan_windows(100, 100, 100), (Windows{{0, 100}}));
  EXPECT_EQ(plan_windows(1000, 0, 0), (Windows{{0, 1000}}));
}

TEST(WindowsTest, TheLastEndsWithTheRecording) {
  EXPECT_EQ(plan_windows(101, 100, 100), (Windows{{0, 100}, {1, 100}}));
  EXPECT_EQ(plan_windows(250, 100, 100), (Windows{{0, 100}, {100, 100}, {150, 100}}));
  EXPECT_EQ(plan_windows(300, 100, 100), (Windows{{0, 100}, {100, 100}, {200, 100}}));
  EXPECT_EQ(plan_windows(250, 100, 75), (Windows{{0, 100}, {75, 100}, {150, 100}}));
}

TEST(WindowsTest, EverySampleIsInAWindowAndNoWindowTwice) {
  for (const size_t samples : {101u, 137u, 999u, 1000u, 1001u}) {
    for (const size_t hop : {1u, 13u, 50u, 99u, 100u}) {
      const Windows windows = plan_windows(samples, 100, hop);
      size_t covered = 0;
      for (size_t i = 0; i < windows.size(); ++i) {
        EXPECT_EQ(windows[i].length, 100u);
        EXPECT_LE(windows[i].start, covered);
        if (i > 0) {
          EXPECT_GT(windows[i].start, windows[i - 1].start);
        }
        covered = windows[i].start + windows[i].length;
      }
      EXPECT_EQ(covered, samples);
    }
  }
}

}  // namespace
}  // namespace serene::cli
