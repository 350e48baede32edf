// By OpenAI's names of the encoder module's tensors.
#include "runtime/networks/whisper_encoder/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> WhisperEncoderConfig::tensors() const {
  weights::Schema schema;
  const int64_t h = channels, f = inner;
  schema.layer("conv1", {h, mels, 3});
  schema.layer("conv2", {h, h, 3});
  schema.add("positional_embedding", {positions, h});
  for (int i = 0; i < kept; ++i) {
    const std::string block = "blocks." + std::to_string(i);
    schema.norm(block + ".attn_ln", h);
    schema.layer(block + ".attn.query", {h, h});
    schema.add(block + ".attn.key.weight", {h, h});
    schema.layer(block + ".attn.value", {h, h});
    schema.layer(block + ".attn.out", {h, h});
    schema.norm(block + ".mlp_ln", h);
    schema.layer(block + ".mlp.0", {f, h});
    schema.layer(block + ".mlp.2", {h, f});
  }
  if (kept == published) schema.norm("ln_post", h);
  return schema.take();
}

}  // namespace serene::networks
