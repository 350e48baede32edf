#include "runtime/networks/cmgan/config.h"

namespace serene::networks {
namespace {

void dense_block(weights::Schema& schema, const std::string& name, int64_t c) {
  for (int64_t i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    schema.layer(name + ".conv" + n, {c, i * c, 2, 3});
    schema.norm(name + ".norm" + n, c);
    schema.add(name + ".prelu" + n + ".weight", {c});
  }
}

void conformer(weights::Schema& schema, const std::string& name, int64_t c) {
  for (const char* ff : {".ff1", ".ff2"}) {
    schema.layer(name + ff + ".fn.fn.net.0", {4 * c, c});
    schema.layer(name + ff + ".fn.fn.net.3", {c, 4 * c});
    schema.norm(name + ff + ".fn.norm", c);
  }
  schema.norm(name + ".attn.norm", c);
  schema.add(name + ".attn.fn.to_q.weight", {c, c});
  schema.add(name + ".attn.fn.to_kv.weight", {2 * c, c});
  schema.layer(name + ".attn.fn.to_out", {c, c});
  schema.add(name + ".attn.fn.rel_pos_emb.weight", {1025, c / 4});
  schema.norm(name + ".conv.net.0", c);
  schema.layer(name + ".conv.net.2", {4 * c, c, 1});
  schema.layer(name + ".conv.net.4.conv", {2 * c, 1, 31});
  schema.batch_norm(name + ".conv.net.5", 2 * c);
  schema.layer(name + ".conv.net.7", {c, 2 * c, 1});
  schema.norm(name + ".post_norm", c);
}

}  // namespace

std::vector<weights::TensorSpec> CmganConfig::tensors() const {
  weights::Schema schema;
  const int64_t c = channels;
  schema.layer("dense_encoder.conv_1.0", {c, 3, 1, 1});
  schema.norm("dense_encoder.conv_1.1", c);
  schema.add("dense_encoder.conv_1.2.weight", {c});
  dense_block(schema, "dense_encoder.dilated_dense", c);
  schema.layer("dense_encoder.conv_2.0", {c, c, 1, 3});
  schema.norm("dense_encoder.conv_2.1", c);
  schema.add("dense_encoder.conv_2.2.weight", {c});
  for (int i = 1; i <= tscbs; ++i) {
    const std::string tscb = "TSCB_" + std::to_string(i);
    conformer(schema, tscb + ".time_conformer", c);
    conformer(schema, tscb + ".freq_conformer", c);
  }
  dense_block(schema, "mask_decoder.dense_block", c);
  schema.layer("mask_decoder.sub_pixel.conv", {2 * c, c, 1, 3});
  schema.layer("mask_decoder.conv_1", {1, c, 1, 2});
  schema.norm("mask_decoder.norm", 1);
  schema.add("mask_decoder.prelu.weight", {1});
  schema.layer("mask_decoder.final_conv", {1, 1, 1, 1});
  schema.add("mask_decoder.prelu_out.weight", {201});
  dense_block(schema, "complex_decoder.dense_block", c);
  schema.layer("complex_decoder.sub_pixel.conv", {2 * c, c, 1, 3});
  schema.norm("complex_decoder.norm", c);
  schema.add("complex_decoder.prelu.weight", {c});
  schema.layer("complex_decoder.conv", {2, c, 1, 2});
  return schema.take();
}

}  // namespace serene::networks
