#include "cli/inputs/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <vector>

namespace serene::cli {
namespace {

namespace fs = std::filesystem;

using Parts = std::span<const std::string>;
using Found = std::function<void(const std::string&)>;

// Entries of a folder, "" being the working one, sorted by bytes.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// `folder` is "" or ends in a slash; `parts` is never empty.
void expand(const std::string& folder, Parts parts, const Found& found) {
  const std::string& part = parts.front();
  const Parts rest = parts.subspan(1);
  std::error_code ignored;
  if (part == "**") {
    if (!rest.empty()) expand(folder, rest, found);
    for (const std::string& name : names_in(folder)) {
      if (name.starts_with('.')) continue;
      const fs::file_status status = fs::symlink_status(folder + name, ignored);
      if (fs::is_directory(status)) {
        expand(folder + name + '/', parts, found);
      } else if (rest.empty()) {
        found(folder + name);
      }
    }
    return;
  }
  const auto go_on = [&](const std::string& path) {
    if (!rest.empty()) {
      if (fs::is_directory(path, ignored)) expand(path + '/', rest, found);
    } else if (fs::exists(fs::symlink_status(path, ignored))) {
      found(path);
    }
  };
  if (!is_pattern(part)) return go_on(folder + part);
  for (const std::string& name : names_in(folder)) {
    if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) go_on(folder + name);
  }
}

}  // namespace

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

void expand_pattern(const std::string& pattern, const Found& found) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < pattern.size();) {
    const size_t slash = std::min(pattern.find('/', at), pattern.size());
    const std::string part = pattern.substr(at, slash - at);
    // ** twice in a row says no more than once, and would find names twice.
    if (!part.empty() && !(part == "**" && !parts.empty() && parts.back() == "**")) parts.push_back(part);
    at = slash + 1;
  }
  if (!parts.empty()) expand(pattern.starts_with('/') ? "/" : "", parts, found);
}

}  // namespace serene::cli
