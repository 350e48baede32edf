#include "runtime/networks/common/checkpoint_shapes.h"

#include "weights/refuse.h"

namespace serene::networks {

bool has_prefix(const weights::StoredTensors& tensors, std::string_view prefix) {
  const auto it = tensors.lower_bound(std::string(prefix));
  return it != tensors.end() && it->first.starts_with(prefix);
}

int width(const Checkpoint& checkpoint, const std::vector<WidthPlace>& places) {
  std::string seen;
  for (const WidthPlace& place : places) {
    const auto it = checkpoint.tensors.find(place.tensor);
    if (it == checkpoint.tensors.end()) continue;
    const std::vector<int64_t>& shape = it->second.shape;
    if (shape.size() == place.rank && shape[place.dimension] >= 1 && shape[place.dimension] <= 65536) {
      return static_cast<int>(shape[place.dimension]);
    }
    if (seen.empty()) {
      seen = place.tensor + ": shape " + weights::shape_text(shape) + " is not one of this layer";
    }
  }
  weights::refuse(checkpoint.name, seen.empty() ? places.front().tensor + ": missing" : seen);
}

const std::string* find_lora(const weights::StoredTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (name.find("lora_") != name.npos || name.starts_with("base_model.")) return &name;
  }
  return nullptr;
}

bool is_of_head(std::string_view tensor) {
  return tensor.starts_with("projector.") || tensor.starts_with("classifier.") ||
         tensor.starts_with("output_layer_") || tensor.starts_with("layer_weights");
}

bool is_batch_count(std::string_view tensor) { return tensor.ends_with(".num_batches_tracked"); }

}  // namespace serene::networks
