#include "runtime/networks/cmgan/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"

namespace serene::networks {

const NetworkFormat cmgan_format{
    .name = "cmgan",
    .role = Role::enhancer,
    .read = CmganConfig::read,
    .landmark = "dense_encoder.conv_1.0.weight",
    .recognises = CmganConfig::recognises,
    .import = CmganConfig::import,
    .is_unused = is_batch_count,
    .part = "se",
};

void CmganConfig::write(json::Object& object) const {
  json::add(object, "channels", channels);
  json::add(object, "tscbs", tscbs);
}

std::shared_ptr<const NetworkConfig> CmganConfig::read(json::ObjectReader& reader) {
  auto config = std::make_shared<CmganConfig>();
  config->channels = reader.integer("channels", 4, 1024);
  if (config->channels % 4 != 0) reader.fail("channels", "must be a multiple of 4");
  config->tscbs = reader.integer("tscbs", 1, 64);
  return config;
}

}  // namespace serene::networks
