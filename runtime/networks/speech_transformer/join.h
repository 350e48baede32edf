// Tensors of checkpoints brought to the form of the model file.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "weights/schema.h"
#include "weights/stored_tensor.h"

namespace serene::networks {

// The tensors of a checkpoint that a tensor of the model file is made of: itself where it is taken as it is,
// and where the checkpoint has it, such as a weight norm that was multiplied out before it was saved.
std::vector<weights::TensorSpec> sources_of(const weights::TensorSpec& made,
                                            const weights::StoredTensors& tensors);

// `made` from its sources, which are there in their shapes. Reading it throws Error(model) "<file>: <tensor>:
// <cause>" where a weight norm cannot be multiplied out.
weights::StoredTensor joined(const weights::TensorSpec& made, const weights::StoredTensors& tensors,
                             const std::string& file);

}  // namespace serene::networks
