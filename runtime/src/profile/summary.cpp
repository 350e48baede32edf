#include "runtime/src/profile/summary.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace serene::runtime {
namespace {

// Of sorted values, with straight lines between them.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// Spans that make up a row.
struct Members {
  std::vector<size_t> timed;  // whose times add up
  std::vector<size_t> ops;    // whose work adds up
};

// Seconds the peaks allow the op at the least.
double least_time(const Work& work, const Peaks& peaks) {
  return std::max(work.flop / *peaks.flop_per_second, work.bytes / *peaks.bytes_per_second);
}

class Summariser {
 public:
  Summariser(const Profile& profile, const Peaks& peaks)
      : profile_(profile), peaks_(peaks), total_(time_of({0})) {}

  Timing time_of(const std::vector<size_t>& spans) const {
    std::vector<double> sums;
    for (const std::vector<double>& durations : profile_.durations) {
      double sum = 0;
      for (const size_t i : spans) sum += durations[i];
      sums.push_back(sum);
    }
    return timing_of(std::move(sums));
  }

  ProfileRow row(const std::string& name, const Members& members) const {
    ProfileRow row;
    row.name = name;
    row.calls = static_cast<int64_t>(members.timed.size());
    row.time = time_of(members.timed);
    row.share = total_.median > 0 ? row.time.median / total_.median : 0;
    double least = 0;
    for (const size_t i : members.ops) {
      const Work& work = profile_.spans[i].work;
      row.work += work;
      if (peaks_.flop_per_second && peaks_.bytes_per_second) least += least_time(work, peaks_);
    }
    if (least > 0 && row.time.median > 0) row.roofline = least / row.time.median;
    return row;
  }

 private:
  const Profile& profile_;
  Peaks peaks_;
  Timing total_;
};

void sort_by_time(std::vector<ProfileRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow& a, const ProfileRow& b) { return a.time.median > b.time.median; });
}

}  // namespace

Timing timing_of(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  return {quantile(seconds, 0.5), quantile(seconds, 0.25), quantile(seconds, 0.75)};
}

std::vector<bool> innermost_ops(const std::vector<Span>& spans) {
  std::vector<bool> innermost(spans.size());
  // Children come after their parents.
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].kind != SpanKind::op) continue;
    innermost[i] = true;
    for (int64_t p = spans[i].parent; p >= 0; p = spans[p].parent) innermost[p] = false;
  }
  return innermost;
}

std::vector<std::string> span_paths(const std::vector<Span>& spans) {
  std::vector<std::string> paths(spans.size());
  for (size_t i = 1; i < spans.size(); ++i) {
    const std::string& around = paths[spans[i].parent];
    paths[i] = around.empty() ? spans[i].name : around + "." + spans[i].name;
  }
  return paths;
}

ProfileSummary summarise(const Profile& profile, const Peaks& peaks) {
  const std::vector<Span>& spans = profile.spans;
  const std::vector<bool> innermost = innermost_ops(spans);
  const std::vector<std::string> paths = span_paths(spans);
  const Summariser summariser(profile, peaks);

  using Launch = std::tuple<std::string, std::array<uint32_t, 3>, std::array<uint32_t, 3>, size_t>;
  std::map<std::string, Members> steps, ops;
  std::map<Launch, Members> kernels;
  std::vector<size_t> all_ops;
  for (size_t i = 1; i < spans.size(); ++i) {
    const Span& span = spans[i];
    if (span.kind == SpanKind::step) steps[paths[i]].timed.push_back(i);
    if (span.kind == SpanKind::kernel) {
      const KernelLaunch& launch = span.launch;
      kernels[{span.name, launch.grid, launch.block, launch.shared_bytes}].timed.push_back(i);
    }
    if (!innermost[i]) continue;
    all_ops.push_back(i);
    ops[span.name].timed.push_back(i);
    ops[span.name].ops.push_back(i);
    for (int64_t p = span.parent; p > 0; p = spans[p].parent) {
      if (spans[p].kind == SpanKind::step) steps[paths[p]].ops.push_back(i);
    }
  }

  ProfileSummary summary;
  const ProfileRow whole = summariser.row("pass", {{0}, all_ops});
  summary.total = whole.time;
  summary.work = whole.work;
  const double clips = static_cast<double>(profile.batch) * profile.seconds;
  if (summary.total.median > 0) summary.times_real_time = clips / summary.total.median;
  for (const auto& [name, members] : steps) summary.steps.push_back(summariser.row(name, members));
  for (const auto& [name, members] : ops) summary.ops.push_back(summariser.row(name, members));
  for (const auto& [key, members] : kernels) {
    summary.kernels.push_back(summariser.row(std::get<0>(key), members));
    summary.kernels.back().launch = spans[members.timed.front()].launch;
  }
  sort_by_time(summary.steps);
  sort_by_time(summary.ops);
  sort_by_time(summary.kernels);

  std::vector<double> between;
  for (const std::vector<double>& durations : profile.durations) {
    double left = durations.front();
    for (const size_t i : all_ops) left -= durations[i];
    between.push_back(left);
  }
  summary.between_ops = timing_of(std::move(between));
  return summary;
}

}  // namespace serene::runtime
