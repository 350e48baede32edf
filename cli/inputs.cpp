#include "cli/inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/glob.h"

namespace serene::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 18> kExtensions{"wav", "wave", "flac", "ogg",  "oga",  "opus",
                                                       "mp3", "aif",  "aiff", "aifc", "au",   "snd",
                                                       "caf", "w64",  "rf64", "sph",  "nist", "voc"};

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.back() == '/' ? folder + name : folder + '/' + name;
}

void walk_folder(const std::string& folder, const std::string& below, bool recursive,
                 const std::function<void(Input)>& found) {
  std::vector<std::string> files, folders;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (fs::is_directory(entry->symlink_status(ignored))) {
      folders.push_back(name);
    } else if (has_audio_extension(name) && !fs::is_directory(entry->status(ignored))) {
      files.push_back(name);
    }
  }
  if (error) {
    const bool denied = error == std::errc::permission_denied;
    found({.path = folder,
           .below = below,
           .error = InputError(Stage::open, denied ? "permission_denied" : "open_failed", error.message())});
    return;
  }
  std::sort(files.begin(), files.end());
  for (const std::string& name : files) found({.path = joined(folder, name), .below = below});
  if (!recursive) return;
  std::sort(folders.begin(), folders.end());
  for (const std::string& name : folders) {
    walk_folder(joined(folder, name), below.empty() ? name : joined(below, name), recursive, found);
  }
}

}  // namespace

bool has_audio_extension(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return false;
  std::string extension = name.substr(dot + 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

void walk_input(const std::string& argument, bool recursive, const std::function<void(Input)>& found) {
  std::error_code ignored;
  const fs::file_status status = fs::status(argument, ignored);
  if (fs::is_directory(status)) {
    walk_folder(argument, "", recursive, found);
  } else if (is_pattern(argument) && !fs::exists(fs::symlink_status(argument, ignored))) {
    bool any = false;
    expand_pattern(argument, [&](const std::string& path) {
      any = true;
      fs::is_directory(path, ignored) ? walk_folder(path, "", recursive, found) : found({.path = path});
    });
    if (!any) {
      found({.path = argument, .error = InputError(Stage::open, "not_found", "no file fits the pattern")});
    }
  } else {
    found({.path = argument});
  }
}

void walk_inputs(std::span<const std::string> arguments, bool recursive,
                 const std::function<void(Input)>& found) {
  for (const std::string& argument : arguments) walk_input(argument, recursive, found);
}

}  // namespace serene::cli
