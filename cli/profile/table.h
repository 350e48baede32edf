// A profile for people.
#pragma once

#include <string>

#include "cli/profile/report.h"

namespace serene::cli {

std::string report_table(const Report& report);

}  // namespace serene::cli
