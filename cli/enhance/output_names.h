// What the enhanced recordings are called.
#pragma once

#include <string>
#include <vector>

#include "cli/inputs/inputs.h"

namespace serene::cli {

// For each input folder/[its place below the argument/]stem.wav; where two inputs would get the same name,
// the later ones become stem-2.wav, stem-3.wav. Depends on the list alone.
std::vector<std::string> output_names(const std::vector<Input>& inputs, const std::string& folder);

}  // namespace serene::cli
