#include "runtime/networks/snr_head/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> SnrHeadConfig::tensors() const {
  weights::Schema schema;
  schema.layer("quality.frame", {frame, channels});
  schema.layer("quality.dense", {dense, frame});
  schema.layer("quality.out", {2, dense});
  return schema.take();
}

}  // namespace serene::networks
