#include "cli/profile/trace.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace serene::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kProcess = 1, kThread = 1;

Json metadata(const char* what, const std::string& name) {
  return {{"ph", "M"}, {"name", what}, {"pid", kProcess}, {"tid", kThread}, {"args", {{"name", name}}}};
}

}  // namespace

std::string trace_text(const Report& report) {
  Json events = Json::array();
  events.push_back(metadata("process_name", "serene profile"));
  events.push_back(metadata("thread_name", report.profile.device));
  const Json description = report_json(report);
  for (const Json& span : description.at("spans")) {
    const double start = span.at("start_us"), end = span.at("end_us");
    Json event;
    event["ph"] = "X";
    event["name"] = span.at("name");
    event["cat"] = span.at("kind");
    event["ts"] = start;
    event["dur"] = end - start;
    event["pid"] = kProcess;
    event["tid"] = kThread;
    Json details = Json::object();
    for (const auto& [key, value] : span.items()) {
      if (key != "kind" && key != "name" && key != "parent" && key != "start_us" && key != "end_us")
        details[key] = value;
    }
    event["args"] = std::move(details);
    events.push_back(std::move(event));
  }
  Json trace;
  trace["displayTimeUnit"] = "ms";
  trace["traceEvents"] = std::move(events);
  return json_text(trace);
}

}  // namespace serene::cli
