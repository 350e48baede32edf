// Two profiles, op by op.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/profile/report.h"

namespace serene::cli {

// What --compare needs of an older profile.
class OldProfile {
 public:
  // Throws Stop(kExitUsage) in one line that names the file: not there, not JSON, not a profile, of another
  // version.
  explicit OldProfile(const std::string& path);

  // The total, then what got slower, then what got faster, each beyond the spread: the quartiles of one lie
  // wholly on one side of the other's. The largest difference first.
  std::string differences(const Report& report) const;

 private:
  std::string path_;
  nlohmann::json profile_;
};

}  // namespace serene::cli
