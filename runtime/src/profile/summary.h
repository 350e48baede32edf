// A profile added up: a row for each step, each op, each kernel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/src/back_end/facts.h"
#include "runtime/src/profile/profile.h"

namespace serene::runtime {

// Of the repetitions: the median and the quartiles around it, in seconds.
struct Timing {
  double median = 0, low = 0, high = 0;
};
Timing timing_of(std::vector<double> seconds);

// All spans of one name in one repetition.
struct ProfileRow {
  std::string name;  // steps: "se.TSCB_1.time_conformer"
  int64_t calls = 0;
  Timing time;
  double share = 0;  // of the whole
  Work work;         // of the innermost ops
  // The least time that peaks allow for them over the time there was; no value without both peaks or without
  // work. Above 1 where what an op reads was still in a cache.
  std::optional<double> roofline;
  // Kernels: how they were launched.
  KernelLaunch launch;
};

struct ProfileSummary {
  Timing total;
  Work work;
  double times_real_time = 0;
  // Sorted by time, the largest first. Steps overlap, as one is part of another; ops do not: an op that is
  // made of ops counts in the steps alone, and what lies between ops is `between_ops`.
  std::vector<ProfileRow> steps, ops, kernels;
  Timing between_ops;
};

ProfileSummary summarise(const Profile& profile, const Peaks& peaks);

// Whether nothing within the span is an op.
std::vector<bool> innermost_ops(const std::vector<Span>& spans);
// Names of the steps around each span and its own, with dots between, the whole left out; "" for the whole.
std::vector<std::string> span_paths(const std::vector<Span>& spans);

}  // namespace serene::runtime
