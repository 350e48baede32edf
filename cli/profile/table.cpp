#include "cli/profile/table.h"

#include <spdlog/fmt/fmt.h>

#include "weights/printable.h"

namespace serene::cli {
namespace {

using runtime::ProfileRow;
using runtime::Timing;

constexpr const char* kNone = "-";

std::string or_none(const std::optional<double>& value, const char* unit) {
  return value ? fmt::format("{:.1f} {}", *value * 1e-9, unit) : std::string("unknown");
}

std::string time_cells(const Timing& time, double share) {
  return fmt::format("{:>10.3f} {:>9.3f} {:>6.1f}%", time.median * 1e3, (time.high - time.low) * 1e3,
                     share * 100);
}

std::string work_cells(const Work& work, double seconds, const std::optional<double>& roofline) {
  if (work.bytes <= 0) {
    return fmt::format(" {:>9} {:>9} {:>8} {:>8} {:>7} {:>8}", kNone, kNone, kNone, kNone, kNone, kNone);
  }
  const std::string share = roofline ? fmt::format("{:.1f}%", *roofline * 100) : std::string(kNone);
  return fmt::format(" {:>9.4g} {:>9.3g} {:>8.2f} {:>8.1f} {:>7.1f} {:>8}", work.flop * 1e-9,
                     work.bytes * 1e-9, work.flop / work.bytes, work.flop * 1e-9 / seconds,
                     work.bytes * 1e-9 / seconds, share);
}

std::string head(const char* what) {
  return fmt::format("\n{:<32} {:>5} {:>10} {:>9} {:>7} {:>9} {:>9} {:>8} {:>8} {:>7} {:>8}\n", what, "calls",
                     "ms", "spread", "share", "GFLOP", "GB", "FLOP/B", "GFLOP/s", "GB/s", "roofline");
}

std::string row_text(const ProfileRow& row) {
  return fmt::format("{:<32} {:>5} {}{}\n", row.name, row.calls, time_cells(row.time, row.share),
                     work_cells(row.work, row.time.median, row.roofline));
}

std::string dims(const std::array<uint32_t, 3>& size) {
  return fmt::format("{},{},{}", size[0], size[1], size[2]);
}

std::string kernel_table(const Report& report) {
  std::string table = fmt::format("\n{:<32} {:>5} {:>10} {:>9} {:>7} {:>16} {:>12} {:>8} {:>9}\n", "kernel",
                                  "calls", "ms", "spread", "share", "grid", "block", "shared", "registers");
  for (const ProfileRow& row : report.summary.kernels) {
    const runtime::KernelFacts& facts = report.profile.kernels.at(row.launch.kernel);
    const size_t shared = row.launch.shared_bytes + facts.static_shared_bytes.value_or(0);
    table += fmt::format("{:<32} {:>5} {} {:>16} {:>12} {:>8} {:>9}\n", row.name, row.calls,
                         time_cells(row.time, row.share), dims(row.launch.grid), dims(row.launch.block),
                         shared, facts.registers ? fmt::format("{}", *facts.registers) : std::string(kNone));
  }
  return table;
}

}  // namespace

std::string report_table(const Report& report) {
  const runtime::Profile& profile = report.profile;
  const runtime::ProfileSummary& summary = report.summary;
  std::string table = fmt::format(
      "{}\n{}\n{} {} of {:g} s; median of {} after {}; spread: between the quartiles\n",
      weights::printable(profile.device), weights::printable(report.model), profile.batch,
      profile.batch == 1 ? "clip" : "clips", profile.seconds, profile.durations.size(), profile.warmup);
  table += fmt::format("peak {}, {}{}\n", or_none(report.peaks.flop_per_second, "GFLOP/s"),
                       or_none(report.peaks.bytes_per_second, "GB/s"),
                       report.peak_source.empty() ? "" : " (" + report.peak_source + ")");
  table += head("step");
  for (const ProfileRow& row : summary.steps) table += row_text(row);
  table += head("op");
  for (const ProfileRow& row : summary.ops) table += row_text(row);
  const double between = summary.total.median > 0 ? summary.between_ops.median / summary.total.median : 0;
  table += fmt::format("{:<32} {:>5} {}\n", "(between ops)", "", time_cells(summary.between_ops, between));
  if (!summary.kernels.empty()) table += kernel_table(report);
  table += fmt::format("\n{:<38} {}{}\n", "total", time_cells(summary.total, 1),
                       work_cells(summary.work, summary.total.median, std::nullopt));
  table += fmt::format("{:.2f} times real time\n", summary.times_real_time);
  return table;
}

}  // namespace serene::cli
