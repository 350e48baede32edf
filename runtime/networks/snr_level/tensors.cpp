#include "runtime/networks/snr_level/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> SnrLevelConfig::tensors() const {
  weights::Schema schema;
  schema.layer("linear", {1, 2 * kBins});
  return schema.take();
}

}  // namespace serene::networks
