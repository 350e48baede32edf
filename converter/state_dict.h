// The tensors of an unpickled checkpoint by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "converter/pickle_value.h"

namespace serene::converter {

struct NamedView {
  std::string name;
  TensorRef view;
};

struct StateDict {
  std::vector<NamedView> tensors;
  // Entries of dicts that were looked at to find them.
  size_t entries = 0;
};

// Finds the state_dict or module in `root` and names its tensors as PyTorch's state_dict() would, prefixes
// `module.` and `_orig_mod.` taken off. A dict that the search meets again is not looked through again.
// `file` begins error messages. Throws Error(model).
StateDict state_dict(const Value& root, const std::string& file);

// Null where the dict has no such key.
const Value* find(const Dict& dict, std::string_view key);

// A name without those prefixes.
std::string without_wrappers(std::string_view name);

}  // namespace serene::converter
