// A checkpoint of TRNet's recogniser, with or without bridge, or of a baseline: a whole module or a
// state_dict.
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/trnet/config.h"
#include "weights/refuse.h"

namespace serene::networks {

bool TrnetConfig::recognises(const Checkpoint& checkpoint) {
  return has_prefix(checkpoint.tensors, "EmotionClassifier.") || has_prefix(checkpoint.tensors, "backbone.");
}

Import TrnetConfig::import(const Checkpoint& checkpoint) {
  const weights::StoredTensors& tensors = checkpoint.tensors;
  auto config = std::make_shared<TrnetConfig>();
  const bool cnn6 = has_prefix(tensors, "backbone.conv_block");
  if (!cnn6 && !has_prefix(tensors, "backbone.block")) {
    weights::refuse(checkpoint.name, "unknown encoder: neither backbone.conv_block1 nor backbone.block1");
  }
  config->encoder = cnn6 ? TrnetEncoder::cnn6 : TrnetEncoder::residual;
  for (int i = 1; i <= 4; ++i) {
    const std::string block = (cnn6 ? "backbone.conv_block" : "backbone.block") + std::to_string(i);
    config->widths.push_back(width(checkpoint, {{block + ".conv1.weight", 4, 0},
                                                {block + ".bn1.weight", 1, 0},
                                                {block + ".bn1.running_mean", 1, 0}}));
  }
  config->embedding = cnn6 ? width(checkpoint, {{"att_block.att.weight", 3, 0},
                                                {"att_block.cla.weight", 3, 0},
                                                {"EmotionClassifier.fc1.weight", 2, 1}})
                           : config->widths.back();
  config->hidden =
      width(checkpoint, {{"EmotionClassifier.fc1.weight", 2, 0}, {"EmotionClassifier.fc1.bias", 1, 0}});
  config->classes =
      width(checkpoint, {{"EmotionClassifier.fc2.weight", 2, 0}, {"EmotionClassifier.fc2.bias", 1, 0}});
  config->blend = has_prefix(tensors, "front_model.");
  config->bridge = has_prefix(tensors, "back_model.");
  if (config->bridge && !config->blend) {
    weights::refuse(checkpoint.name, "back_model without front_model: the bridge needs the coefficient");
  }
  return {std::move(config), tensors};
}

}  // namespace serene::networks
