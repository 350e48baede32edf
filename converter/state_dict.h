// The tensors of an unpickled checkpoint by name.
#pragma once

#include <string>
#include <vector>

#include "converter/pickle_value.h"

namespace serene::converter {

struct NamedView {
  std::string name;
  TensorRef view;
};

// Finds the state_dict or module in `root` and names its tensors as PyTorch's state_dict() would, prefixes
// `module.` and
// `_orig_mod.` taken off. `file` begins error messages. Throws Error(model).
std::vector<NamedView> state_dict(const Value& root, const std::string& file);

// A name without those prefixes.
std::string without_wrappers(std::string name);

}  // namespace serene::converter
