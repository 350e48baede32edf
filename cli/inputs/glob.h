// Patterns for names, for shells that leave them alone and for lists too long for a command line.
#pragma once

#include <functional>
#include <string>

namespace serene::cli {

// Has *, ? or [.
bool is_pattern(const std::string& text);

// Calls `found` for every name that fits, each folder's sorted by bytes: *, ? and [...] within a name, as
// fnmatch(3) has them, and ** as a whole part for any number of folders. Names that begin with a dot need a
// dot in the pattern. Links to folders are not followed by **. Memory is that of one folder's listing for
// each level. Folders that cannot be read hold nothing.
void expand_pattern(const std::string& pattern, const std::function<void(const std::string&)>& found);

}  // namespace serene::cli
