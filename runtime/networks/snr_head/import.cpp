// Tensors `quality.*` of a state_dict, alone or beside those of an emotion head.
#include <charconv>

#include "kernels/common/error.h"
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/snr_head/config.h"

namespace serene::networks {
namespace {

// A number that no tensor says.
void take_setting(const Checkpoint& checkpoint, const std::string& name, int low, int high, int& value) {
  const auto told = checkpoint.settings.find(name);
  if (told == checkpoint.settings.end()) return;
  const std::string& text = told->second;
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (code == std::errc() && rest == end && value >= low && value <= high) return;
  throw Error(ErrorKind::invalid_argument, checkpoint.name + ": " + name + ": got " + text + ", wanted " +
                                               std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

bool is_snr_head(const Checkpoint& checkpoint) { return has_prefix(checkpoint.tensors, "quality."); }

Import import_snr_head(const Checkpoint& checkpoint) {
  auto config = std::make_shared<SnrHeadConfig>();
  config->channels = width(checkpoint, {{"quality.frame.weight", 2, 1}});
  config->frame = width(checkpoint, {{"quality.frame.weight", 2, 0}, {"quality.frame.bias", 1, 0}});
  config->dense = width(checkpoint, {{"quality.dense.weight", 2, 0}, {"quality.dense.bias", 1, 0}});
  take_setting(checkpoint, "state", -1, 256, config->read_state);
  take_setting(checkpoint, "frame_pool", 1, 1000, config->frame_pool);
  return {std::move(config), checkpoint.tensors};
}

}  // namespace serene::networks
