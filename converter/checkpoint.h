// A PyTorch or safetensors checkpoint as named tensors, whichever way it was saved.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "weights/tensor.h"

namespace serene::converter {

using weights::Tensors;

// Reads torch zip archives, the format before PyTorch 1.6, and safetensors; state_dicts, also below `model`,
// `state_dict`, `generator` or `model_state_dict`, and whole pickled modules. Prefixes `module.` and
// `_orig_mod.` are taken off. Nothing in the file is run. Throws Error(model) "<name>: <entry or tensor>:
// <cause>".
Tensors read_checkpoint(const std::string& path);
Tensors parse_checkpoint(std::span<const std::byte> bytes, const std::string& name);

}  // namespace serene::converter
