// By the names of transformers' bare encoders. Three are this program's own: attention.qkv is q_proj, k_proj
// and v_proj one below another; pos_conv_embed.conv.weight is weight_g and weight_v multiplied;
// attention.gate is gru_rel_pos_linear with its rows added up in fours.
#include "runtime/networks/speech_transformer/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> SpeechTransformerConfig::tensors() const {
  weights::Schema schema;
  const int64_t h = hidden;
  int64_t in = 1;
  for (size_t i = 0; i < conv_widths.size(); ++i) {
    const std::string conv = "feature_extractor.conv_layers." + std::to_string(i);
    schema.add(conv + ".conv.weight", {conv_widths[i], in, conv_taps[i]});
    if (conv_bias) schema.add(conv + ".conv.bias", {conv_widths[i]});
    if (conv_layer_norm || i == 0) schema.norm(conv + ".layer_norm", conv_widths[i]);
    in = conv_widths[i];
  }
  if (projection_norm) schema.norm("feature_projection.layer_norm", in);
  schema.layer("feature_projection.projection", {h, in});
  schema.layer("encoder.pos_conv_embed.conv", {h, h / position_groups, position_taps});
  if (!pre_norm || norms_last_state()) schema.norm("encoder.layer_norm", h);
  const bool biased = buckets > 0 && kept_layers > 0;
  if (biased) schema.add("encoder.layers.0.attention.rel_attn_embed.weight", {buckets, heads});
  for (int i = 0; i < kept_layers; ++i) {
    const std::string layer = "encoder.layers." + std::to_string(i);
    schema.layer(layer + ".attention.qkv", {3 * h, h});
    schema.layer(layer + ".attention.out_proj", {h, h});
    if (biased) {
      schema.layer(layer + ".attention.gate", {2, h / heads});
      schema.add(layer + ".attention.gate.scale", {heads});
    }
    schema.norm(layer + ".layer_norm", h);
    schema.layer(layer + ".feed_forward.intermediate_dense", {feed_forward, h});
    schema.layer(layer + ".feed_forward.output_dense", {h, feed_forward});
    schema.norm(layer + ".final_layer_norm", h);
  }
  return schema.take();
}

}  // namespace serene::networks
