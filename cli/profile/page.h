// A profile as one HTML page that needs nothing else.
#pragma once

#include <string>

#include "cli/profile/report.h"

namespace serene::cli {

// Roofline, timeline and tables, drawn by the page itself from the JSON within it.
std::string page_text(const Report& report);

}  // namespace serene::cli
