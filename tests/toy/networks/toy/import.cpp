#include "runtime/networks/common/checkpoint_shapes.h"
#include "tests/toy/networks/toy/config.h"

namespace serene::networks {

bool is_toy(const Checkpoint& checkpoint) { return checkpoint.tensors.contains("mean.weight"); }

Import import_toy(const Checkpoint& checkpoint) {
  auto config = std::make_shared<ToyConfig>();
  config->classes = width(checkpoint, {{"classes.weight", 2, 0}, {"classes.bias", 1, 0}});
  return {std::move(config), checkpoint.tensors};
}

}  // namespace serene::networks
