#include "cli/profile/report.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace serene::cli {
namespace {

using Json = nlohmann::ordered_json;
using runtime::ProfileRow;
using runtime::Span;
using runtime::SpanKind;
using runtime::Timing;

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

void add_timing(Json& json, const Timing& time) {
  json["ms"] = time.median * 1e3;
  json["low_ms"] = time.low * 1e3;
  json["high_ms"] = time.high * 1e3;
}

void add_work(Json& json, const Work& work, double seconds) {
  json["gflop"] = work.flop * 1e-9;
  json["gbyte"] = work.bytes * 1e-9;
  json["flop_per_byte"] = work.bytes > 0 ? Json(work.flop / work.bytes) : Json(nullptr);
  json["gflop_per_s"] = seconds > 0 ? Json(work.flop * 1e-9 / seconds) : Json(nullptr);
  json["gbyte_per_s"] = seconds > 0 ? Json(work.bytes * 1e-9 / seconds) : Json(nullptr);
}

Json row_json(const ProfileRow& row) {
  Json json;
  json["name"] = row.name;
  json["calls"] = row.calls;
  add_timing(json, row.time);
  json["share"] = row.share;
  add_work(json, row.work, row.time.median);
  json["roofline"] = number_or_null(row.roofline);
  return json;
}

Json rows_json(const std::vector<ProfileRow>& rows) {
  Json list = Json::array();
  for (const ProfileRow& row : rows) list.push_back(row_json(row));
  return list;
}

void add_launch(Json& json, const KernelLaunch& launch, const runtime::KernelFacts& facts) {
  json["grid"] = launch.grid;
  json["block"] = launch.block;
  json["dynamic_shared_bytes"] = launch.shared_bytes;
  json["static_shared_bytes"] = facts.static_shared_bytes ? Json(*facts.static_shared_bytes) : Json(nullptr);
  json["registers"] = facts.registers ? Json(*facts.registers) : Json(nullptr);
  json["local_bytes"] = facts.local_bytes ? Json(*facts.local_bytes) : Json(nullptr);
}

Json kernels_json(const Report& report) {
  Json list = Json::array();
  for (const ProfileRow& row : report.summary.kernels) {
    Json json;
    json["name"] = row.name;
    json["calls"] = row.calls;
    add_timing(json, row.time);
    json["share"] = row.share;
    add_launch(json, row.launch, report.profile.kernels.at(row.launch.kernel));
    list.push_back(std::move(json));
  }
  return list;
}

const char* kind_text(SpanKind kind) {
  return kind == SpanKind::step ? "step" : kind == SpanKind::op ? "op" : "kernel";
}

// In microseconds with three decimals: a child's end then is never beyond its parent's by rounding.
double microseconds(double seconds) { return std::round(seconds * 1e9) / 1e3; }

Json spans_json(const Report& report) {
  const std::vector<Span>& spans = report.profile.spans;
  Json list = Json::array();
  for (const Span& span : spans) {
    Json json;
    json["kind"] = kind_text(span.kind);
    json["name"] = span.name;
    json["parent"] = span.parent < 0 ? Json(nullptr) : Json(span.parent);
    json["start_us"] = microseconds(span.begin);
    json["end_us"] = microseconds(span.end);
    if (span.kind == SpanKind::op) {
      json["flop"] = span.work.flop;
      json["bytes"] = span.work.bytes;
    } else if (span.kind == SpanKind::kernel) {
      add_launch(json, span.launch, report.profile.kernels.at(span.launch.kernel));
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json peak_json(const Report& report) {
  const auto giga = [](const std::optional<double>& value) {
    return value ? Json(*value / 1e9) : Json(nullptr);
  };
  Json json;
  json["gflop_per_s"] = giga(report.peaks.flop_per_second);
  json["gbyte_per_s"] = giga(report.peaks.bytes_per_second);
  json["source"] = report.peak_source.empty() ? Json(nullptr) : Json(report.peak_source);
  return json;
}

}  // namespace

Json report_json(const Report& report) {
  const runtime::Profile& profile = report.profile;
  const runtime::ProfileSummary& summary = report.summary;
  Json json;
  json["format"] = kProfileFormat;
  json["version"] = kProfileVersion;
  json["device"] = profile.device;
  json["model"] = report.model;
  json["model_sha256"] = report.model_sha256;
  json["batch"] = profile.batch;
  json["seconds"] = profile.seconds;
  json["repeat"] = profile.durations.size();
  json["warmup"] = profile.warmup;
  json["peak"] = peak_json(report);
  Json total;
  add_timing(total, summary.total);
  add_work(total, summary.work, summary.total.median);
  total["times_real_time"] = summary.times_real_time;
  json["total"] = std::move(total);
  json["steps"] = rows_json(summary.steps);
  json["ops"] = rows_json(summary.ops);
  Json between;
  add_timing(between, summary.between_ops);
  json["between_ops"] = std::move(between);
  json["kernels"] = kernels_json(report);
  json["spans"] = spans_json(report);
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace serene::cli
