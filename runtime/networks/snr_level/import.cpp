// A checkpoint of NRSER's detector of speech: one linear layer.
#include <algorithm>

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/snr_level/config.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

// What the detector of 2025 has instead, in the same repository.
constexpr std::string_view kOfAnother[] = {"fusion_layer.", "cnn."};

// The first tensor of that detector; null where there is none.
const std::string* find_other(const weights::StoredTensors& tensors) {
  for (const std::string_view prefix : kOfAnother) {
    const auto it = tensors.lower_bound(std::string(prefix));
    if (it != tensors.end() && it->first.starts_with(prefix)) return &it->first;
  }
  return nullptr;
}

}  // namespace

bool is_snr_level(const Checkpoint& checkpoint) {
  // Others may have a layer of that name among theirs.
  const auto is_linear = [](const auto& tensor) { return tensor.first.starts_with("linear."); };
  const bool linear = !checkpoint.tensors.empty() && std::ranges::all_of(checkpoint.tensors, is_linear);
  return linear || has_prefix(checkpoint.tensors, "fusion_layer.");
}

Import import_snr_level(const Checkpoint& checkpoint) {
  if (const std::string* other = find_other(checkpoint.tensors)) {
    weights::refuse(
        checkpoint.name,
        *other +
            ": NRSER's detector of 2025, whose attention runs over the clips of a batch: a level "
            "would depend on what is scored with it; the one of the paper is linear.weight (1, 402)");
  }
  return {std::make_shared<SnrLevelConfig>(), checkpoint.tensors};
}

}  // namespace serene::networks
