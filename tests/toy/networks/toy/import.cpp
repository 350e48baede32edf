#include "runtime/networks/common/checkpoint_shapes.h"
#include "tests/toy/networks/toy/config.h"

namespace serene::networks {

bool is_toy(const weights::Tensors& tensors) { return tensors.contains("mean.weight"); }

Import import_toy(weights::Tensors tensors, const std::string& file) {
  auto config = std::make_shared<ToyConfig>();
  config->classes = width(tensors, {{"classes.weight", 2, 0}, {"classes.bias", 1, 0}}, file);
  return {std::move(config), std::move(tensors)};
}

}  // namespace serene::networks
