// Folders that files are written into.
#pragma once

#include <filesystem>
#include <string>

namespace serene::cli {

// With those above it, where it is missing. Throws Stop(kExitOutput).
void make_folder(const std::filesystem::path& folder);

// Unlike a failed create, an unwritable folder shows only when the first file is done. Throws
// Stop(kExitOutput).
void check_writable(const std::string& folder);

}  // namespace serene::cli
