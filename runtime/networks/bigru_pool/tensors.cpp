#include "runtime/networks/bigru_pool/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> BigruPoolConfig::tensors() const {
  weights::Schema schema;
  const int64_t u = units, p = attention;
  if (mixed_states > 0) schema.add("layer_weights", {mixed_states});
  if (input > 0) schema.layer("input", {input, channels});
  for (int i = 0; i < depth; ++i) {
    const int64_t in = i > 0 ? 2 * u : input > 0 ? input : channels;
    for (const char* direction : {"", "_reverse"}) {
      const std::string layer = "_l" + std::to_string(i) + direction;
      schema.add("gru.weight_ih" + layer, {3 * u, in});
      schema.add("gru.weight_hh" + layer, {3 * u, u});
      schema.add("gru.bias_ih" + layer, {3 * u});
      schema.add("gru.bias_hh" + layer, {3 * u});
    }
  }
  schema.layer("attention.proj", {p, 2 * u});
  schema.add("attention.score.weight", {hops, p});
  schema.layer("classifier.dense", {hidden, embedding()});
  schema.layer("classifier.out", {classes, hidden});
  return schema.take();
}

}  // namespace serene::networks
