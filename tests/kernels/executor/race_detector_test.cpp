// The detector by itself: which pairs of uses are races, and what it may forget.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/executor/check/shadow.h"

namespace serene::executor {
namespace {

class RaceDetectorTest : public testing::Test {
 protected:
  RaceDetectorTest() {
    races_.begin_launch();
    races_.begin_block(8);
  }
  bool race(uint16_t thread, Use use, uint8_t mask = 0xF) {
    return races_.use(cell_, thread, 0, mask, use, true).has_value();
  }
  void meet() { races_.clocks().meet_all(); }

  RaceDetector races_;
  Cell cell_{};
};

TEST_F(RaceDetectorTest, ReadsDoNotRace) {
  for (uint16_t t = 0; t < 8; ++t) EXPECT_FALSE(race(t, Use::read));
}

TEST_F(RaceDetectorTest, AWriteRacesWithAnyReader) {
  for (uint16_t reader = 1; reader < 8; ++reader) {
    cell_ = Cell{};
    for (uint16_t t = 1; t <= reader; ++t) EXPECT_FALSE(race(t, Use::read));
    // All but the last reader meet the writer.
    std::vector<uint32_t> others{0};
    for (uint32_t t = 1; t < 8; ++t) {
      if (t != reader) others.push_back(t);
    }
    races_.clocks().meet(others);
    EXPECT_TRUE(race(0, Use::write)) << reader;
    meet();
  }
}

TEST_F(RaceDetectorTest, ABarrierOrders) {
  EXPECT_FALSE(race(0, Use::write));
  meet();
  for (uint16_t t = 0; t < 8; ++t) EXPECT_FALSE(race(t, Use::read));
  meet();
  EXPECT_FALSE(race(3, Use::write));
  EXPECT_TRUE(race(4, Use::read));
}

TEST_F(RaceDetectorTest, OrderIsTransitive) {
  EXPECT_FALSE(race(0, Use::write));
  races_.clocks().meet({0, 1});
  races_.clocks().meet({1, 2});
  EXPECT_FALSE(race(2, Use::read));
  EXPECT_TRUE(race(3, Use::read));
}

TEST_F(RaceDetectorTest, AMeetingDoesNotOrderWhatComesAfter) {
  races_.clocks().meet({0, 1});
  EXPECT_FALSE(race(0, Use::write));
  EXPECT_TRUE(race(1, Use::read));
}

TEST_F(RaceDetectorTest, BytesAreApart) {
  EXPECT_FALSE(race(0, Use::write, 0b0011));
  EXPECT_FALSE(race(1, Use::write, 0b1100));
  EXPECT_FALSE(race(0, Use::read, 0b0011));
  EXPECT_TRUE(race(2, Use::read, 0b0100));
  EXPECT_EQ(cell_.written, 0b1111);
}

TEST_F(RaceDetectorTest, EveryByteItsOwnThread) {
  for (uint16_t t = 0; t < 4; ++t) {
    EXPECT_FALSE(race(t, Use::write, static_cast<uint8_t>(1 << t)));
    EXPECT_FALSE(race(t, Use::read, static_cast<uint8_t>(1 << t)));
  }
  meet();
  for (uint16_t t = 0; t < 8; ++t) EXPECT_FALSE(race(t, Use::read));
  EXPECT_TRUE(race(0, Use::write));
  meet();
  EXPECT_FALSE(race(0, Use::write));
}

TEST_F(RaceDetectorTest, AReadDoesNotHideAnOlderWrite) {
  EXPECT_FALSE(race(0, Use::write));
  races_.clocks().meet({0, 1});
  EXPECT_FALSE(race(1, Use::read));
  EXPECT_TRUE(race(2, Use::read));
}

TEST_F(RaceDetectorTest, AtomicsRaceWithPlainUsesOnly) {
  for (uint16_t t = 0; t < 8; ++t) EXPECT_FALSE(race(t, Use::atomic));
  EXPECT_TRUE(race(0, Use::read));
  meet();
  EXPECT_FALSE(race(0, Use::read));
  EXPECT_TRUE(race(1, Use::atomic));
}

TEST_F(RaceDetectorTest, ACopyUnderWayRacesWithItsOwnThread) {
  EXPECT_FALSE(race(0, Use::copying));
  EXPECT_TRUE(race(0, Use::read));
  meet();
  EXPECT_TRUE(race(1, Use::read)) << "a barrier before the wait orders nothing";
  races_.landed(cell_, 0, 0xF);
  EXPECT_FALSE(race(0, Use::read));
  EXPECT_TRUE(race(1, Use::read));
  meet();
  EXPECT_FALSE(race(1, Use::read));
}

TEST_F(RaceDetectorTest, ReleaseAndAcquireOrderOneWay) {
  EXPECT_FALSE(race(0, Use::write));
  std::vector<uint32_t> board;
  races_.clocks().release(0, board);
  races_.clocks().acquire(1, board);
  EXPECT_FALSE(race(1, Use::write));
  EXPECT_TRUE(race(0, Use::read));
}

TEST_F(RaceDetectorTest, BlocksOfALaunchAreNotOrdered) {
  EXPECT_FALSE(race(0, Use::write));
  races_.begin_block(8);
  EXPECT_TRUE(race(0, Use::read));
}

TEST_F(RaceDetectorTest, LaunchesAreOrdered) {
  EXPECT_FALSE(race(0, Use::write));
  races_.begin_launch();
  races_.begin_block(8);
  EXPECT_FALSE(race(0, Use::read));
}

TEST_F(RaceDetectorTest, AFenceEndsTheSearchBetweenBlocks) {
  EXPECT_FALSE(race(0, Use::write));
  races_.fence();
  races_.begin_block(8);
  EXPECT_FALSE(race(0, Use::read));
}

}  // namespace
}  // namespace serene::executor
