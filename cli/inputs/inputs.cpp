#include "cli/inputs/inputs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/inputs/glob.h"

namespace serene::cli {
namespace {

namespace fs = std::filesystem;

// Of what libsndfile reads, without those that mean something else more often (mat, raw, iff). The help of
// serene score and docs/cli.md have the same list.
constexpr auto kExtensions = std::to_array<std::string_view>({
    "wav", "wave", "bwf",  "rf64", "bw64", "w64",  "flac", "ogg", "oga", "opus",  "mp3",
    "mp2", "mp1",  "mpga", "aif",  "aiff", "aifc", "au",   "snd", "caf", "sph",   "nist",
    "voc", "svx",  "8svx", "avr",  "paf",  "pvf",  "sds",  "sf",  "xi",  "ircam",
});

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.back() == '/' ? folder + name : folder + '/' + name;
}

void walk_folder(const std::string& folder, const std::string& below, bool recursive, PassedOver& passed_over,
                 const std::function<void(Input)>& found) {
  std::vector<std::string> files, folders;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (fs::is_directory(entry->symlink_status(ignored))) {
      folders.push_back(name);
    } else if (!fs::is_directory(entry->status(ignored))) {
      has_audio_extension(name) ? files.push_back(name) : passed_over.add(joined(folder, name));
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
    walk_folder(joined(folder, name), below.empty() ? name : joined(below, name), recursive, passed_over,
                found);
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

void PassedOver::add(const std::string& path) {
  // The first by its bytes, not as the system happens to list them.
  if (count_ == 0 || path < first_) first_ = path;
  ++count_;
}

void PassedOver::warn() const {
  if (count_ == 0) return;
  spdlog::warn("{} {} in folders passed over, whose {} not {} (the first: {})", count_,
               count_ == 1 ? "file" : "files", count_ == 1 ? "name is" : "names are",
               count_ == 1 ? "that of a recording" : "those of recordings", first_);
}

void walk_input(const std::string& argument, bool recursive, PassedOver& passed_over,
                const std::function<void(Input)>& found) {
  std::error_code ignored;
  const fs::file_status status = fs::status(argument, ignored);
  if (fs::is_directory(status)) {
    walk_folder(argument, "", recursive, passed_over, found);
  } else if (is_pattern(argument) && !fs::exists(fs::symlink_status(argument, ignored))) {
    bool any = false;
    expand_pattern(argument, [&](const std::string& path) {
      any = true;
      fs::is_directory(path, ignored) ? walk_folder(path, "", recursive, passed_over, found)
                                      : found({.path = path});
    });
    if (!any) {
      found({.path = argument, .error = InputError(Stage::open, "not_found", "no file fits the pattern")});
    }
  } else {
    found({.path = argument});
  }
}

void walk_inputs(std::span<const std::string> arguments, bool recursive, PassedOver& passed_over,
                 const std::function<void(Input)>& found) {
  for (const std::string& argument : arguments) walk_input(argument, recursive, passed_over, found);
}

}  // namespace serene::cli
