#include "runtime/networks/snr_head/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"

namespace serene::networks {
namespace {

constexpr int kMostWidth = 65536, kMostFrames = 1000, kMostStates = 257;
constexpr std::string_view kSettings[] = {"frame_pool", "state"};

std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader) {
  auto config = std::make_shared<SnrHeadConfig>();
  config->channels = reader.integer("width", 1, kMostWidth);
  config->frame_pool = reader.integer("frame_pool", 1, kMostFrames);
  config->frame = reader.integer("frame", 1, kMostWidth);
  config->dense = reader.integer("dense", 1, kMostWidth);
  config->read_state = reader.integer("state", -1, kMostStates - 1);
  return config;
}

}  // namespace

const NetworkFormat snr_head_format{
    .name = "snr_head",
    .role = Role::head,
    .read = read,
    .landmark = "quality.frame.weight",
    .recognises = is_snr_head,
    .import = import_snr_head,
    .is_unused = is_batch_count,
    .settings = kSettings,
    .part = "quality",
};

std::vector<OutputSpec> SnrHeadConfig::outputs() const {
  return {scalar_output("snr_db"), scalar_output("speech")};
}

void SnrHeadConfig::write(json::Object& object) const {
  json::add(object, "width", channels, "frame_pool", frame_pool, "frame", frame, "dense", dense, "state",
            read_state);
}

}  // namespace serene::networks
