#include "runtime/networks/snr_head/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> SnrHeadConfig::tensors() const {
  weights::Schema schema;
  schema.layer("frame", {frame, channels});
  schema.layer("power", {2, frame});
  schema.layer("dense", {hidden, frame});
  schema.layer("out", {1, hidden});
  return schema.take();
}

}  // namespace serene::networks
