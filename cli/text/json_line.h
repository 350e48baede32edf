// One line of JSON from a stranger.
#pragma once

#include <cstdint>
#include <string>

#include "cli/rows/row.h"

namespace serene::cli {

// The object in `line`. Throws BadRow naming line and column: broken JSON, not an object, nested deeper than
// 32 levels.
Row parse_json_line(const std::string& list, int64_t number, const std::string& line);

}  // namespace serene::cli
