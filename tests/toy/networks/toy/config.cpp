#include "tests/toy/networks/toy/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"

namespace serene::networks {
namespace {

std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader) {
  auto config = std::make_shared<ToyConfig>();
  config->classes = reader.integer("classes", 1, 1000);
  return config;
}

}  // namespace

const NetworkFormat toy_format{.name = "toy",
                               .role = Role::classifier,
                               .read = read,
                               .landmark = "mean.weight",
                               .recognises = is_toy,
                               .import = import_toy,
                               .is_unused = is_batch_count};

void ToyConfig::write(json::Object& object) const { json::add(object, "classes", classes); }

}  // namespace serene::networks
