// A profile with what it was taken of.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/src/profile/profile.h"
#include "runtime/src/profile/summary.h"

namespace serene::cli {

// Where the two bounds of the roofline come from.
struct PeakSource {
  static constexpr const char* kMeasured = "measured";  // tried out on this machine
  static constexpr const char* kDevice = "device";      // clocks and widths the device tells of
  static constexpr const char* kGiven = "given";        // on the command line
};

struct Report {
  std::string model, model_sha256;
  runtime::Profile profile;
  runtime::ProfileSummary summary;
  runtime::Peaks peaks;
  std::string peak_source;  // "" where neither is known
};

inline constexpr const char* kProfileFormat = "serene-profile";
inline constexpr int kProfileVersion = 1;

// profile.json: docs/profiling.md has its fields.
nlohmann::ordered_json report_json(const Report& report);

// One line of it; what is not UTF-8 in names is replaced.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace serene::cli
