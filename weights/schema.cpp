#include "weights/schema.h"

#include <array>

namespace serene::weights {
namespace {

class Schema {
 public:
  void add(const std::string& name, std::vector<int64_t> shape) { specs.push_back({name, std::move(shape)}); }
  void layer(const std::string& name, std::vector<int64_t> weight) {
    const int64_t out = weight[0];
    add(name + ".weight", std::move(weight));
    add(name + ".bias", {out});
  }
  void norm(const std::string& name, int64_t channels) { layer(name, {channels}); }
  void batch_norm(const std::string& name, int64_t channels) {
    norm(name, channels);
    add(name + ".running_mean", {channels});
    add(name + ".running_var", {channels});
  }

  std::vector<TensorSpec> specs;
};

void dense_block(Schema& schema, const std::string& name, int64_t c) {
  for (int64_t i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    schema.layer(name + ".conv" + n, {c, i * c, 2, 3});
    schema.norm(name + ".norm" + n, c);
    schema.add(name + ".prelu" + n + ".weight", {c});
  }
}

void conformer(Schema& schema, const std::string& name, int64_t c) {
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

std::vector<TensorSpec> se_schema(const SeConfig& config) {
  Schema schema;
  const int64_t c = config.channels;
  schema.layer("se.dense_encoder.conv_1.0", {c, 3, 1, 1});
  schema.norm("se.dense_encoder.conv_1.1", c);
  schema.add("se.dense_encoder.conv_1.2.weight", {c});
  dense_block(schema, "se.dense_encoder.dilated_dense", c);
  schema.layer("se.dense_encoder.conv_2.0", {c, c, 1, 3});
  schema.norm("se.dense_encoder.conv_2.1", c);
  schema.add("se.dense_encoder.conv_2.2.weight", {c});
  for (int i = 1; i <= config.tscbs; ++i) {
    const std::string tscb = "se.TSCB_" + std::to_string(i);
    conformer(schema, tscb + ".time_conformer", c);
    conformer(schema, tscb + ".freq_conformer", c);
  }
  dense_block(schema, "se.mask_decoder.dense_block", c);
  schema.layer("se.mask_decoder.sub_pixel.conv", {2 * c, c, 1, 3});
  schema.layer("se.mask_decoder.conv_1", {1, c, 1, 2});
  schema.norm("se.mask_decoder.norm", 1);
  schema.add("se.mask_decoder.prelu.weight", {1});
  schema.layer("se.mask_decoder.final_conv", {1, 1, 1, 1});
  schema.add("se.mask_decoder.prelu_out.weight", {201});
  dense_block(schema, "se.complex_decoder.dense_block", c);
  schema.layer("se.complex_decoder.sub_pixel.conv", {2 * c, c, 1, 3});
  schema.norm("se.complex_decoder.norm", c);
  schema.add("se.complex_decoder.prelu.weight", {c});
  schema.layer("se.complex_decoder.conv", {2, c, 1, 2});
  return schema.specs;
}

std::vector<TensorSpec> ser_schema(const SerConfig& config) {
  Schema schema;
  const int64_t e = config.embedding;
  if (config.blend) schema.layer("ser.front_model.fc", {1, 80});
  int64_t in = config.encoder == Encoder::cnn6 ? 3 : 1;
  if (config.encoder == Encoder::cnn6) schema.batch_norm("ser.backbone.bn0", 80);
  for (size_t i = 0; i < config.widths.size(); ++i) {
    const int64_t out = config.widths[i];
    const std::string n = std::to_string(i + 1);
    if (config.encoder == Encoder::cnn6) {
      const std::string block = "ser.backbone.conv_block" + n;
      schema.add(block + ".conv1.weight", {out, in, 5, 5});
      schema.batch_norm(block + ".bn1", out);
    } else {
      const std::string block = "ser.backbone.block" + n;
      schema.add(block + ".conv1.weight", {out, in, 5, 5});
      schema.batch_norm(block + ".bn1", out);
      schema.add(block + ".conv2.weight", {out, out, 5, 5});
      schema.batch_norm(block + ".bn2", out);
      schema.add(block + ".shortcut.0.weight", {out, in, 1, 1});
      schema.batch_norm(block + ".shortcut.1", out);
    }
    in = out;
  }
  if (config.encoder == Encoder::cnn6) {
    schema.layer("ser.att_block.att", {e, in, 1});
    schema.layer("ser.att_block.cla", {e, in, 1});
  } else {
    schema.add("ser.att_block.u.weight", {1, e});
  }
  if (config.bridge) {
    schema.layer("ser.back_model.f", {e, 1});
    schema.layer("ser.back_model.h", {e, 1});
  }
  schema.layer("ser.EmotionClassifier.fc1", {config.hidden, e});
  schema.batch_norm("ser.EmotionClassifier.bn", config.hidden);
  schema.layer("ser.EmotionClassifier.fc2", {static_cast<int64_t>(config.labels.size()), config.hidden});
  return schema.specs;
}

std::vector<TensorSpec> schema(const ModelConfig& config) {
  std::vector<TensorSpec> specs;
  if (config.se) specs = se_schema(*config.se);
  if (config.ser) {
    for (TensorSpec& spec : ser_schema(*config.ser)) specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace serene::weights
