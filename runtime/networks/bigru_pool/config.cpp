#include "runtime/networks/bigru_pool/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/head_limits.h"

namespace serene::networks {
namespace {

constexpr std::string_view kSettings[] = {"frame_pool", "state"};
constexpr int kMostWidth = 65536;

}  // namespace

const NetworkFormat bigru_pool_format{
    .name = "bigru_pool",
    .role = Role::head,
    .read = BigruPoolConfig::read,
    .landmark = "gru.weight_ih_l0",
    .recognises = BigruPoolConfig::recognises,
    .import = BigruPoolConfig::import,
    .is_unused = is_batch_count,
    .settings = kSettings,
};

std::vector<OutputSpec> BigruPoolConfig::outputs() const {
  return {classes_output("emotion", classes), vector_output("embedding", embedding())};
}

void BigruPoolConfig::write(json::Object& object) const {
  json::add(object, "hidden", channels, "units", units, "depth", depth, "attention", attention, "hops", hops,
            "inner", hidden, "classes", classes);
  // Written where they are used, so that files without them stay as they were.
  if (frame_pool > 1) json::add(object, "frame_pool", frame_pool);
  if (input > 0) json::add(object, "input", input);
  mixed_states > 0 ? json::add(object, "summed_states", mixed_states)
                   : json::add(object, "state", read_state);
}

std::shared_ptr<const NetworkConfig> BigruPoolConfig::read(json::ObjectReader& reader) {
  auto config = std::make_shared<BigruPoolConfig>();
  config->channels = reader.integer("hidden", 1, kMostWidth);
  if (reader.has("frame_pool")) config->frame_pool = reader.integer("frame_pool", 1, kMostFrames);
  if (reader.has("input")) config->input = reader.integer("input", 1, kMostWidth);
  config->units = reader.integer("units", 1, 4096);
  config->depth = reader.integer("depth", 1, 64);
  config->attention = reader.integer("attention", 1, kMostWidth);
  config->hops = reader.integer("hops", 1, 1024);
  config->hidden = reader.integer("inner", 1, kMostWidth);
  config->classes = reader.integer("classes", 1, 1000);
  if (reader.has("summed_states")) {
    config->mixed_states = reader.integer("summed_states", 1, kHighestState + 1);
  } else {
    config->read_state = reader.integer("state", -1, kHighestState);
  }
  return config;
}

}  // namespace serene::networks
