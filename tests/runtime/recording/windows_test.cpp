#include "runtime/recording/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace serene::runtime {
namespace {

using Windows = std::vector<Window>;

// All of a recording that is there.
Windows plan_windows(size_t samples, size_t window, size_t hop) {
  WindowPlan plan(window, hop);
  Windows windows;
  while (const auto next = plan.next(samples, true)) windows.push_back(*next);
  return windows;
}

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

// What comes in pieces is cut as what is there at once.
TEST(WindowPlanTest, PiecesGiveTheWindowsOfTheWhole) {
  for (const size_t window : {0, 1, 10, 16}) {
    for (const size_t hop : {1, 3, 10}) {
      if (window != 0 && hop > window) continue;
      for (size_t samples = 1; samples < 60; ++samples) {
        for (const size_t piece : {1, 7, 20}) {
          WindowPlan plan(window, hop);
          std::vector<Window> windows;
          size_t dropped = 0;
          for (size_t there = 0; there < samples;) {
            there = std::min(samples, there + piece);
            while (const auto next = plan.next(there, there == samples)) {
              EXPECT_GE(next->start, dropped);
              windows.push_back(*next);
            }
            dropped = plan.needed_from(there);
            if (window != 0) {
              EXPECT_LE(there - dropped, window);
            }
          }
          EXPECT_EQ(windows, plan_windows(samples, window, hop)) << window << ' ' << hop << ' ' << samples;
        }
      }
    }
  }
}

}  // namespace
}  // namespace serene::runtime
