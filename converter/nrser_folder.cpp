#include "converter/nrser_folder.h"

#include <array>
#include <filesystem>
#include <system_error>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kFiles{"SE/best", "SNR/best", "EMO/best"};
constexpr std::array<std::string_view, 10> kLabels{
    "angry", "sad", "happy", "surprise", "fear", "disgust", "contempt", "neutral", "other", "no_agreement"};

}  // namespace

std::vector<std::string> nrser_files(const std::string& path) {
  std::error_code none;
  if (!fs::is_directory(path, none) || fs::exists(fs::path(path) / "config.json", none)) return {};
  std::vector<std::string> files;
  std::string missing;
  for (const std::string_view name : kFiles) {
    const fs::path file = fs::path(path) / name;
    if (fs::exists(file, none)) {
      files.push_back(file.string());
    } else {
      missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
  }
  if (!files.empty() && !missing.empty())
    weights::refuse(path, "lacks " + missing + " of NRSER's SE/best, SNR/best and EMO/best");
  return files;
}

std::span<const std::string_view> nrser_labels() { return kLabels; }

}  // namespace serene::converter
