#include "cli/profile/compare.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/text/text_source.h"
#include "weights/printable.h"

namespace serene::cli {
namespace {

using Json = nlohmann::json;
using runtime::Timing;
using weights::printable;

struct Change {
  std::string name;
  Timing before, now;
  double difference() const { return now.median - before.median; }
};

Json read_json(const std::string& path) {
  TextSource source(path);
  std::string text;
  for (int byte = source.get(); byte >= 0; byte = source.get()) text += static_cast<char>(byte);
  try {
    return Json::parse(text);
  } catch (const Json::exception&) {
    throw Stop(kExitUsage, path + ": not JSON");
  }
}

Timing timing_in(const Json& row) {
  return {row.at("ms").get<double>() * 1e-3, row.at("low_ms").get<double>() * 1e-3,
          row.at("high_ms").get<double>() * 1e-3};
}

std::map<std::string, Timing> ops_in(const Json& profile) {
  std::map<std::string, Timing> ops;
  for (const Json& row : profile.at("ops")) ops[row.at("name").get<std::string>()] = timing_in(row);
  return ops;
}

bool apart(const Timing& a, const Timing& b) { return a.low > b.high || b.low > a.high; }

std::string change_line(const Change& change) {
  const std::string percent =
      change.before.median > 0 ? fmt::format("{:+.1f}%", 100 * (change.now.median / change.before.median - 1))
                               : std::string("-");
  return fmt::format("  {:<30} {:>10.3f} ms -> {:>10.3f} ms {:>9}\n", printable(change.name),
                     change.before.median * 1e3, change.now.median * 1e3, percent);
}

std::string change_list(const char* title, const std::vector<Change>& changes) {
  if (changes.empty()) return fmt::format("{}: none\n", title);
  std::string text = fmt::format("{}:\n", title);
  for (const Change& change : changes) text += change_line(change);
  return text;
}

// Lines on what was not the same when the two were taken.
std::string other_conditions(const Json& before, const nlohmann::ordered_json& now) {
  std::string text;
  for (const char* key : {"device", "model_sha256", "batch", "seconds"}) {
    const std::string then = before.at(key).dump(), here = now.at(key).dump();
    if (then != here) text += fmt::format("  {} was {}, is {}\n", key, printable(then), printable(here));
  }
  return text;
}

}  // namespace

OldProfile::OldProfile(const std::string& path) : path_(path), profile_(read_json(path)) {
  if (!profile_.is_object() || profile_.value("format", Json()) != kProfileFormat)
    throw Stop(kExitUsage, path + ": not what serene profile --json writes");
  const Json version = profile_.value("version", Json());
  if (version != kProfileVersion) {
    throw Stop(kExitUsage, fmt::format("{}: version {} of a profile, this program reads {}", path,
                                       version.dump(), kProfileVersion));
  }
  try {
    ops_in(profile_);
    timing_in(profile_.at("total"));
    for (const char* key : {"device", "model_sha256", "batch", "seconds"}) profile_.at(key);
  } catch (const Json::exception&) {
    throw Stop(kExitUsage, path + ": a profile with parts missing");
  }
}

std::string OldProfile::differences(const Report& report) const {
  const std::map<std::string, Timing> before = ops_in(profile_);
  std::vector<Change> slower, faster;
  std::string gone, added;
  for (const runtime::ProfileRow& row : report.summary.ops) {
    const auto old = before.find(row.name);
    if (old == before.end()) {
      added += "  " + row.name + "\n";
    } else if (apart(old->second, row.time)) {
      (row.time.median > old->second.median ? slower : faster).push_back({row.name, old->second, row.time});
    }
  }
  for (const auto& [name, time] : before) {
    const bool kept = std::any_of(report.summary.ops.begin(), report.summary.ops.end(),
                                  [&, &op = name](const auto& row) { return row.name == op; });
    if (!kept) gone += "  " + printable(name) + "\n";
  }
  const auto larger = [](const Change& a, const Change& b) {
    return std::abs(a.difference()) > std::abs(b.difference());
  };
  std::sort(slower.begin(), slower.end(), larger);
  std::sort(faster.begin(), faster.end(), larger);

  std::string text = fmt::format("\ncompared with {}\n", printable(path_));
  const std::string conditions = other_conditions(profile_, report_json(report));
  if (!conditions.empty()) text += "not taken alike:\n" + conditions;
  text += change_line({"total", timing_in(profile_.at("total")), report.summary.total});
  text += change_list("slower, beyond the spread", slower);
  text += change_list("faster, beyond the spread", faster);
  if (!added.empty()) text += "new:\n" + added;
  if (!gone.empty()) text += "gone:\n" + gone;
  return text;
}

}  // namespace serene::cli
