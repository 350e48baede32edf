#include "tests/toy/networks/toy/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> ToyConfig::tensors() const {
  weights::Schema schema;
  schema.layer("mean", {2, 1});
  schema.layer("classes", {classes, 2});
  return schema.take();
}

}  // namespace serene::networks
