// Files that an output must not replace, whatever the run reads.
#pragma once

#include <string>

namespace serene::cli {

// Throws Stop(kExitUsage) where `path` is called or is a recording, or is a journal of rows. `option` and
// `what` are for the message: what would be written there, "rows".
void check_replaceable(const std::string& path, const std::string& option, const std::string& what);

}  // namespace serene::cli
