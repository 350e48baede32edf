// Models that come with the program, by name.
#pragma once

#include <string>
#include <vector>

namespace serene::cli {

// Their names, sorted: of each NAME.safetensors in share/serene beside the program's folder.
std::vector<std::string> shipped_models();

// The path of one; "" where there is none of that name.
std::string shipped_model(const std::string& name);

}  // namespace serene::cli
