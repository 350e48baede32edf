#include "runtime/networks/trnet/config.h"

namespace serene::networks {

std::vector<weights::TensorSpec> TrnetConfig::tensors() const {
  weights::Schema schema;
  const int64_t e = embedding;
  if (blend) schema.layer("front_model.fc", {1, 80});
  int64_t in = encoder == TrnetEncoder::cnn6 ? 3 : 1;
  if (encoder == TrnetEncoder::cnn6) schema.batch_norm("backbone.bn0", 80);
  for (size_t i = 0; i < widths.size(); ++i) {
    const int64_t out = widths[i];
    const std::string n = std::to_string(i + 1);
    if (encoder == TrnetEncoder::cnn6) {
      const std::string block = "backbone.conv_block" + n;
      schema.add(block + ".conv1.weight", {out, in, 5, 5});
      schema.batch_norm(block + ".bn1", out);
    } else {
      const std::string block = "backbone.block" + n;
      schema.add(block + ".conv1.weight", {out, in, 5, 5});
      schema.batch_norm(block + ".bn1", out);
      schema.add(block + ".conv2.weight", {out, out, 5, 5});
      schema.batch_norm(block + ".bn2", out);
      schema.add(block + ".shortcut.0.weight", {out, in, 1, 1});
      schema.batch_norm(block + ".shortcut.1", out);
    }
    in = out;
  }
  if (encoder == TrnetEncoder::cnn6) {
    schema.layer("att_block.att", {e, in, 1});
    schema.layer("att_block.cla", {e, in, 1});
  } else {
    schema.add("att_block.u.weight", {1, e});
  }
  if (bridge) {
    schema.layer("back_model.f", {e, 1});
    schema.layer("back_model.h", {e, 1});
  }
  schema.layer("EmotionClassifier.fc1", {hidden, e});
  schema.batch_norm("EmotionClassifier.bn", hidden);
  schema.layer("EmotionClassifier.fc2", {classes, hidden});
  return schema.take();
}

}  // namespace serene::networks
