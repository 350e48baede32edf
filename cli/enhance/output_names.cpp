#include "cli/enhance/output_names.h"

#include <filesystem>
#include <set>

namespace serene::cli {

std::vector<std::string> output_names(const std::vector<Input>& inputs, const std::string& folder) {
  namespace fs = std::filesystem;
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const Input& input : inputs) {
    const fs::path base = fs::path(folder) / input.below / fs::path(input.path).stem();
    std::string name = base.string() + ".wav";
    for (int i = 2; !taken.insert(name).second; ++i) name = base.string() + '-' + std::to_string(i) + ".wav";
    names.push_back(name);
  }
  return names;
}

}  // namespace serene::cli
