#include "cli/options/shipped_models.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace serene::cli {
namespace {

constexpr const char* kExtension = ".safetensors";

// Where `cmake --install` puts them; "" where the system does not say what program this is.
std::filesystem::path folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path().parent_path() / "share/serene";
}

}  // namespace

std::vector<std::string> shipped_models() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder(), error)) {
    std::error_code none;
    if (entry.path().extension() == kExtension && entry.is_regular_file(none))
      names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string shipped_model(const std::string& name) {
  const std::vector<std::string> names = shipped_models();
  const bool known = std::find(names.begin(), names.end(), name) != names.end();
  return known ? (folder() / (name + kExtension)).string() : "";
}

}  // namespace serene::cli
