#include "runtime/networks/pooled_head/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> PooledHeadConfig::tensors() const {
  weights::Schema schema;
  if (states > 0) schema.add("layer_weights", {states});
  switch (kind) {
    case PooledKind::projected:
      schema.layer("projector", {inner, hidden});
      schema.layer("classifier", {classes, inner});
      break;
    case PooledKind::dense:
      schema.layer("classifier.dense", {inner, hidden});
      schema.layer("classifier.out_proj", {classes, inner});
      break;
    case PooledKind::heads4:
      for (const char* name : {"output_layer_A", "output_layer_V", "output_layer_D"})
        schema.layer(name, {1, hidden});
      schema.layer("output_layer_C", {classes, hidden});
      break;
  }
  return schema.take();
}

}  // namespace serene::networks
