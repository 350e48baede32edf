// Reading a network's widths off a checkpoint's shapes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/networks/common/checkpoint.h"

namespace serene::networks {

// Whether any tensor's name begins so.
bool has_prefix(const weights::StoredTensors& tensors, std::string_view prefix);

// Where a width of a network can be read: a dimension of a tensor of that rank.
struct WidthPlace {
  std::string tensor;
  size_t rank, dimension;
};
// From the first of `places` that has it, so that a damaged checkpoint is told in full by the comparison of
// its tensors and not by the one that is missed first. Throws Error(model) where none has.
int width(const Checkpoint& checkpoint, const std::vector<WidthPlace>& places);

// The name of a LoRA adapter's tensor, of which no network takes any; null where there is none.
const std::string* find_lora(const weights::StoredTensors& tensors);

// Whether a tensor is of the head that a published checkpoint has on its encoder.
bool is_of_head(std::string_view tensor);

// Batch norm's counter of training steps.
bool is_batch_count(std::string_view tensor);

}  // namespace serene::networks
