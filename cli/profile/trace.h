// A profile as trace events, which chrome://tracing and Perfetto open.
#pragma once

#include <string>

#include "cli/profile/report.h"

namespace serene::cli {

// Complete events (phase X) in microseconds on one thread: passes around steps around ops around kernels.
std::string trace_text(const Report& report);

}  // namespace serene::cli
