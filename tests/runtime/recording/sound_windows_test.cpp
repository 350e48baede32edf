#include "runtime/recording/sound_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace serene::runtime {
namespace {

using Windows = std::vector<Window>;
using Samples = std::vector<float>;
constexpr double kSecond = 16000;

size_t samples_in(double seconds) { return static_cast<size_t>(std::lround(seconds * kSecond)); }

// A sine whose power in every frame is the same.
void add_tone(Samples& samples, double seconds, double rms = 0.1) {
  for (size_t i = 0; i < samples_in(seconds); ++i) {
    const double phase = 2 * std::numbers::pi * static_cast<double>(i % 16) / 16;
    samples.push_back(static_cast<float>(rms * std::numbers::sqrt2 * std::sin(phase)));
  }
}

void add_silence(Samples& samples, double seconds, float value = 0) {
  samples.insert(samples.end(), samples_in(seconds), value);
}

double decibels(double level) { return std::pow(10.0, level / 20); }

struct Plan {
  Windows windows;
  double silent_share = 0, sound_level = 0;
};

Plan plan_of(const Samples& samples, size_t window, size_t hop) {
  SoundWindows sound(window, hop);
  sound.add(samples);
  sound.end();
  Plan plan{{}, sound.silent_share(), sound.sound_level()};
  while (const auto next = sound.next()) plan.windows.push_back(*next);
  return plan;
}

TEST(SoundWindowsTest, WithoutAPauseARecordingIsCutAsAlways) {
  for (const size_t length : {2u, 159u, 160u, 161u, 2000u, 15999u, 16000u, 50001u}) {
    for (const size_t window : {0u, 100u, 1000u, 48000u}) {
      Samples samples;
      add_tone(samples, static_cast<double>(length) / kSecond);
      const size_t hop = window == 0 ? 0 : std::max<size_t>(1, window / 3);
      WindowPlan plain(window, hop);
      Windows wanted;
      while (const auto next = plain.next(length, true)) wanted.push_back(*next);
      const Plan plan = plan_of(samples, window, hop);
      EXPECT_EQ(plan.windows, wanted) << length << ' ' << window;
      EXPECT_EQ(plan.silent_share, 0);
    }
  }
}

TEST(SoundWindowsTest, AStretchBetweenPausesIsCutForItself) {
  Samples samples;
  add_silence(samples, 1.5);
  add_tone(samples, 2);
  add_silence(samples, 2);
  add_tone(samples, 4);
  add_silence(samples, 1);
  const Plan plan = plan_of(samples, 48000, 48000);
  EXPECT_EQ(plan.windows, (Windows{{24000, 32000}, {88000, 48000}, {104000, 48000}}));
  EXPECT_DOUBLE_EQ(plan.silent_share, 4.5 / 10.5);
  // All of each where the model takes any length.
  EXPECT_EQ(plan_of(samples, 0, 0).windows, (Windows{{24000, 32000}, {88000, 64000}}));
}

TEST(SoundWindowsTest, AStretchHasATenthOfASecondOfFaintSoundAroundIt) {
  Samples samples;
  add_tone(samples, 1, decibels(-70));
  add_tone(samples, 1);
  add_tone(samples, 1, decibels(-70));
  EXPECT_EQ(plan_of(samples, 0, 0).windows, (Windows{{14400, 19200}}));
  // Dither ends it.
  Samples cut;
  add_tone(cut, 0.95, decibels(-70));
  add_tone(cut, 0.01, decibels(-84.5));
  add_tone(cut, 0.04, decibels(-83.5));
  add_tone(cut, 1);
  add_tone(cut, 0.03, decibels(-83.5));
  add_tone(cut, 0.01, decibels(-84.5));
  add_tone(cut, 0.96, decibels(-70));
  EXPECT_EQ(plan_of(cut, 0, 0).windows, (Windows{{15360, 640 + 16000 + 480}}));
}

TEST(SoundWindowsTest, APauseHasHalfASecond) {
  for (const double seconds : {0.49, 0.5}) {
    const bool is_pause = seconds == 0.5;
    Samples between, before, after;
    add_tone(between, 1);
    add_silence(between, seconds);
    add_tone(between, 1);
    EXPECT_EQ(plan_of(between, 0, 0).windows.size(), is_pause ? 2u : 1u);
    add_silence(before, seconds);
    add_tone(before, 1);
    EXPECT_EQ(plan_of(before, 0, 0).windows,
              is_pause ? (Windows{{8000, 16000}}) : (Windows{{0, before.size()}}));
    add_tone(after, 1);
    add_silence(after, seconds);
    EXPECT_EQ(plan_of(after, 0, 0).windows, is_pause ? (Windows{{0, 16000}}) : (Windows{{0, after.size()}}));
  }
}

TEST(SoundWindowsTest, SoundIsAbove60DecibelsBelowFullScale) {
  for (const double level : {-120.0, -70.0, -60.1, -59.9, -40.0}) {
    Samples samples;
    add_tone(samples, 0.5);
    add_tone(samples, 2, decibels(level));
    const size_t length = level > -60 ? 40000 : level > -84 ? 9600 : 8000;
    EXPECT_EQ(plan_of(samples, 0, 0).windows, (Windows{{0, length}})) << level;
  }
}

TEST(SoundWindowsTest, AnOffsetIsNoSound) {
  for (const float offset : {0.1f, 1.0f, 1e30f}) {
    EXPECT_TRUE(plan_of(Samples(16000, offset), 0, 0).windows.empty()) << offset;
  }
  Samples samples;
  add_silence(samples, 2, 0.25f);
  add_tone(samples, 1);
  add_silence(samples, 2, -0.25f);
  EXPECT_EQ(plan_of(samples, 0, 0).windows, (Windows{{32000, 16000}}));
}

TEST(SoundWindowsTest, SilenceHasNoWindow) {
  for (const size_t length : {1u, 100u, 16000u, 960000u}) {
    const Plan plan = plan_of(Samples(length, 0.5f), 48000, 48000);
    EXPECT_TRUE(plan.windows.empty()) << length;
    EXPECT_EQ(plan.silent_share, 1) << length;
    EXPECT_EQ(plan.sound_level, -std::numeric_limits<double>::infinity());
  }
}

// The engine tells of it; it must not get lost in a pause.
TEST(SoundWindowsTest, WhatIsNoNumberIsSound) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Samples samples(20000);
    std::fill(samples.begin() + 10000, samples.begin() + 12000, value);
    EXPECT_EQ(plan_of(samples, 0, 0).windows.size(), 1u);
  }
}

TEST(SoundWindowsTest, AClickNextToAPauseIsNoSound) {
  for (const double seconds : {0.09, 0.1}) {
    const size_t windows = seconds == 0.1 ? 1 : 0;
    Samples between, before, after;
    add_silence(between, 0.75);
    add_tone(between, seconds);
    add_silence(between, 0.75);
    EXPECT_EQ(plan_of(between, 0, 0).windows.size(), windows);
    EXPECT_EQ(plan_of(between, 100, 100).windows.size(), windows == 0 ? 0u : 16u);
    add_tone(before, seconds);
    add_silence(before, 0.75);
    EXPECT_EQ(plan_of(before, 0, 0).windows.size(), windows);
    add_silence(after, 0.75);
    add_tone(after, seconds);
    EXPECT_EQ(plan_of(after, 0, 0).windows.size(), windows);
  }
  Samples alone;
  add_tone(alone, 0.01);
  EXPECT_EQ(plan_of(alone, 0, 0).windows, (Windows{{0, 160}}));
}

TEST(SoundWindowsTest, AWindowWithoutSoundIsLeftOut) {
  Samples samples;
  add_tone(samples, 0.4);
  add_silence(samples, 0.45);
  add_tone(samples, 0.4);
  EXPECT_EQ(plan_of(samples, 3200, 3200).windows,
            (Windows{{0, 3200}, {3200, 3200}, {12800, 3200}, {16000, 3200}, {16800, 3200}}));
}

TEST(SoundWindowsTest, TheLevelIsOfFramesWithSound) {
  Samples samples;
  add_tone(samples, 1, decibels(-20));
  add_silence(samples, 0.4);
  add_tone(samples, 1, decibels(-20));
  add_silence(samples, 5);
  EXPECT_NEAR(plan_of(samples, 0, 0).sound_level, -20, 1e-3);
}

// Until a stretch has sound enough, it is held from its beginning: frames with sound, a pause less one frame
// apart.
size_t most_held(size_t window) {
  using Sound = SoundWindows;
  const size_t unsure = Sound::kMargin + Sound::kLeastSound / Sound::kFrame * Sound::kPause;
  return std::max(window + Sound::kPause, unsure) + Sound::kFrame;
}

// Sound and silence of any lengths in turn; what comes in pieces is cut as what is there at once, and little
// has to be held for it.
TEST(SoundWindowsTest, PiecesGiveTheWindowsOfTheWhole) {
  uint32_t seed = 1;
  const auto random = [&seed](uint32_t below) {
    return (seed = seed * 1664525 + 1013904223) / 65536 % below;
  };
  for (int trial = 0; trial < 60; ++trial) {
    Samples samples;
    for (uint32_t part = 0; part < 2 + random(8); ++part) {
      const double seconds = static_cast<double>(1 + random(30000)) / kSecond;
      random(2) == 0 ? add_silence(samples, seconds) : add_tone(samples, seconds);
    }
    const size_t window = std::vector<size_t>{0, 50, 3000, 20000}[random(4)];
    const size_t hop = window == 0 ? 0 : 1 + random(static_cast<uint32_t>(window));
    const Plan whole = plan_of(samples, window, hop);
    for (const size_t piece : {1u, 7u, 1600u, 20011u}) {
      SoundWindows sound(window, hop);
      Windows windows;
      size_t dropped = 0;
      for (size_t there = 0; there < samples.size();) {
        const size_t count = std::min(piece, samples.size() - there);
        sound.add(std::span(samples).subspan(there, count));
        there += count;
        if (there == samples.size()) sound.end();
        while (const auto next = sound.next()) {
          ASSERT_GE(next->start, dropped);
          windows.push_back(*next);
        }
        ASSERT_GE(sound.needed_from(), dropped);
        dropped = sound.needed_from();
        if (window != 0) {
          ASSERT_LE(there - dropped, most_held(window));
        }
      }
      EXPECT_EQ(windows, whole.windows) << trial << ' ' << piece;
      EXPECT_EQ(sound.silent_share(), whole.silent_share);
      EXPECT_EQ(sound.sound_level(), whole.sound_level);
    }
  }
}

}  // namespace
}  // namespace serene::runtime
