#include "runtime/networks/snr_head/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/head_limits.h"

namespace serene::networks {
namespace {

constexpr std::string_view kSettings[] = {"frame_pool", "speech_threshold", "state"};
constexpr int kMostWidth = 65536;

}  // namespace

const NetworkFormat snr_head_format{
    .name = "snr_head",
    .role = Role::head,
    .read = SnrHeadConfig::read,
    .landmark = "quality.power.weight",
    .recognises = SnrHeadConfig::recognises,
    .import = SnrHeadConfig::import,
    .is_unused = is_batch_count,
    .settings = kSettings,
    .part = "quality",
};

std::vector<OutputSpec> SnrHeadConfig::outputs() const {
  OutputSpec speech = scalar_output("speech");
  speech.speech_threshold = speech_threshold;
  return {scalar_output("snr_db"), std::move(speech)};
}

void SnrHeadConfig::write(json::Object& object) const {
  json::add(object, "hidden", channels, "state", read_state, "frame", frame, "inner", hidden);
  if (frame_pool > 1) json::add(object, "frame_pool", frame_pool);
  if (speech_threshold > 0) json::add(object, "speech_threshold", speech_threshold);
}

std::shared_ptr<const NetworkConfig> SnrHeadConfig::read(json::ObjectReader& reader) {
  auto config = std::make_shared<SnrHeadConfig>();
  config->channels = reader.integer("hidden", 1, kMostWidth);
  config->read_state = reader.integer("state", -1, kHighestState);
  config->frame = reader.integer("frame", 1, kMostWidth);
  config->hidden = reader.integer("inner", 1, kMostWidth);
  if (reader.has("frame_pool")) config->frame_pool = reader.integer("frame_pool", 1, kMostFrames);
  if (reader.has("speech_threshold")) config->speech_threshold = reader.number("speech_threshold", 0, 1);
  return config;
}

}  // namespace serene::networks
