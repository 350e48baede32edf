// A profile added up, from one that was made by hand.
#include "runtime/src/profile/summary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/src/back_end/cpu_peaks.h"

namespace serene::runtime {
namespace {

Span span(SpanKind kind, const char* name, int64_t parent, double flop = 0, double bytes = 0) {
  Span made;
  made.kind = kind;
  made.name = name;
  made.parent = parent;
  made.work = {bytes, flop};
  return made;
}

// pass > net (whole > inner, inner), then copy on its own. Three repetitions.
Profile sample() {
  Profile profile;
  profile.batch = 2;
  profile.seconds = 3;
  profile.spans = {span(SpanKind::step, "pass", -1),         span(SpanKind::step, "net", 0),
                   span(SpanKind::op, "whole", 1, 999, 999), span(SpanKind::op, "inner", 2, 100, 10),
                   span(SpanKind::op, "inner", 2, 20, 40),   span(SpanKind::op, "copy", 0, 0, 8)};
  profile.durations = {{10, 8, 7, 4, 2, 1}, {12, 9, 8, 5, 2, 1}, {20, 9, 8, 5, 2, 4}};
  return profile;
}

TEST(Timing, HasMedianAndQuartiles) {
  const auto expect = [](std::vector<double> seconds, double low, double median, double high) {
    const Timing time = timing_of(std::move(seconds));
    EXPECT_EQ(time.low, low);
    EXPECT_EQ(time.median, median);
    EXPECT_EQ(time.high, high);
  };
  expect({5, 1, 4, 2, 3}, 2, 3, 4);
  expect({2, 1}, 1.25, 1.5, 1.75);
  expect({7}, 7, 7, 7);
  expect({}, 0, 0, 0);
}

TEST(Summary, AddsUpWhatIsInnermost) {
  const ProfileSummary summary = summarise(sample(), {10.0, 5.0});
  EXPECT_EQ(summary.total.median, 12);
  EXPECT_EQ(summary.times_real_time, 0.5);
  EXPECT_EQ(summary.work.flop, 120);
  EXPECT_EQ(summary.work.bytes, 58);

  ASSERT_EQ(summary.ops.size(), 2u);  // `whole` is made of ops
  const ProfileRow& inner = summary.ops[0];
  EXPECT_EQ(inner.name, "inner");
  EXPECT_EQ(inner.calls, 2);
  EXPECT_EQ(inner.time.median, 7);
  EXPECT_EQ(inner.time.low, 6.5);
  EXPECT_EQ(inner.time.high, 7);
  EXPECT_DOUBLE_EQ(inner.share, 7.0 / 12);
  // The first is bound by arithmetic, 10 s; the second by memory, 8 s.
  ASSERT_TRUE(inner.roofline);
  EXPECT_DOUBLE_EQ(*inner.roofline, 18.0 / 7);
  EXPECT_EQ(summary.ops[1].name, "copy");
  EXPECT_DOUBLE_EQ(*summary.ops[1].roofline, 1.6);

  ASSERT_EQ(summary.steps.size(), 1u);
  EXPECT_EQ(summary.steps[0].name, "net");
  EXPECT_EQ(summary.steps[0].time.median, 9);
  EXPECT_EQ(summary.steps[0].work.flop, 120);
  EXPECT_EQ(summary.steps[0].work.bytes, 50);
  // 10 - 7, 12 - 8, 20 - 11
  EXPECT_EQ(summary.between_ops.median, 4);
  EXPECT_EQ(summary.between_ops.low, 3.5);
  EXPECT_TRUE(summary.kernels.empty());
}

TEST(Summary, WithoutPeaksThereIsNoRoofline) {
  for (const Peaks& peaks : {Peaks{}, Peaks{10.0, {}}, Peaks{{}, 5.0}}) {
    for (const ProfileRow& row : summarise(sample(), peaks).ops) EXPECT_FALSE(row.roofline) << row.name;
  }
}

TEST(Summary, KernelsOfOneShapeAreOneRow) {
  Profile profile = sample();
  for (int i = 0; i < 3; ++i) {
    Span kernel = span(SpanKind::kernel, "inner_kernel", 3);
    kernel.launch.grid = {i == 2 ? 8u : 4u, 1, 1};
    kernel.launch.block = {128, 1, 1};
    profile.spans.push_back(kernel);
    for (std::vector<double>& durations : profile.durations) durations.push_back(1);
  }
  const ProfileSummary summary = summarise(profile, {});
  ASSERT_EQ(summary.kernels.size(), 2u);
  EXPECT_EQ(summary.kernels[0].calls, 2);
  EXPECT_EQ(summary.kernels[0].time.median, 2);
  EXPECT_EQ(summary.kernels[0].launch.grid[0], 4u);
  EXPECT_EQ(summary.kernels[1].launch.grid[0], 8u);
  // The ops are still innermost.
  EXPECT_EQ(summary.ops.size(), 2u);
}

TEST(Paths, LeaveTheWholeOut) {
  const Profile profile = sample();
  EXPECT_EQ(span_paths(profile.spans),
            (std::vector<std::string>{"", "net", "net.whole", "net.whole.inner", "net.whole.inner", "copy"}));
}

TEST(CpuPeaks, AreThoseOfARealMachine) {
  ThreadPool pool(2);
  for (Precision precision : {Precision::fp32, Precision::bf16}) {
    const Peaks peaks = measure_peaks(pool, precision);
    EXPECT_GT(peaks.flop_per_second.value(), 1e7);
    EXPECT_LT(peaks.flop_per_second.value(), 1e14);
    EXPECT_GT(peaks.bytes_per_second.value(), 1e6);
    EXPECT_LT(peaks.bytes_per_second.value(), 1e13);
  }
}

TEST(HostTimeline, CountsFromTheFirstMarkAndStartsAnew) {
  HostTimeline timeline;
  timeline.begin("a");
  timeline.begin("b");
  timeline.end();
  timeline.end();
  const std::vector<double> marks = timeline.take();
  ASSERT_EQ(marks.size(), 4u);
  EXPECT_EQ(marks[0], 0);
  EXPECT_TRUE(std::is_sorted(marks.begin(), marks.end()));
  EXPECT_TRUE(timeline.take().empty());
}

}  // namespace
}  // namespace serene::runtime
