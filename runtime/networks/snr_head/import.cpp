// Tensors `quality.*` of a state_dict, alone or beside those of an emotion head.
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/settings.h"
#include "runtime/networks/snr_head/config.h"

namespace serene::networks {
bool is_snr_head(const Checkpoint& checkpoint) { return has_prefix(checkpoint.tensors, "quality."); }

Import import_snr_head(const Checkpoint& checkpoint) {
  auto config = std::make_shared<SnrHeadConfig>();
  config->channels = width(checkpoint, {{"quality.frame.weight", 2, 1}});
  config->frame = width(checkpoint, {{"quality.frame.weight", 2, 0}, {"quality.frame.bias", 1, 0}});
  config->dense = width(checkpoint, {{"quality.dense.weight", 2, 0}, {"quality.dense.bias", 1, 0}});
  const Settings settings(checkpoint);
  config->read_state = settings.integer("state", -1, 256).value_or(config->read_state);
  config->frame_pool = settings.integer("frame_pool", 1, 1000).value_or(config->frame_pool);
  return {std::move(config), checkpoint.tensors};
}

}  // namespace serene::networks
