#include "runtime/networks/trnet/config.h"

#include "runtime/networks/common/checkpoint_shapes.h"

namespace serene::networks {
namespace {

constexpr int kMostClasses = 1000;

// The authors' class holds an attention norm that its forward pass does not use.
bool is_unused(std::string_view tensor) {
  return is_batch_count(tensor) || tensor.starts_with("att_block.bn_att.");
}

}  // namespace

const NetworkFormat trnet_format{
    .name = "trnet",
    .role = Role::recogniser,
    .read = TrnetConfig::read,
    .landmark = "EmotionClassifier.fc1.weight",
    .recognises = TrnetConfig::recognises,
    .import = TrnetConfig::import,
    .is_unused = is_unused,
    .part = "ser",
};

void TrnetConfig::write_layers(json::Object& object) const {
  json::add(object, "widths", json::Array(widths.begin(), widths.end()));
  json::add(object, "embedding", embedding);
  json::add(object, "hidden", hidden);
  json::add(object, "blend", blend);
  json::add(object, "bridge", bridge);
}

void TrnetConfig::write(json::Object& object) const {
  json::add(object, "encoder", std::string(encoder_name()));
  json::add(object, "classes", classes);
  write_layers(object);
}

TrnetEncoder TrnetConfig::read_encoder(json::ObjectReader& reader, const std::string& key) {
  return reader.word(key, {"cnn6", "residual"}) == "cnn6" ? TrnetEncoder::cnn6 : TrnetEncoder::residual;
}

void TrnetConfig::read_layers(json::ObjectReader& reader) {
  widths = reader.integers("widths", 4, 1, 4096);
  embedding = reader.integer("embedding", 1, 4096);
  if (encoder == TrnetEncoder::residual && embedding != widths.back()) {
    reader.fail("embedding", "must be the last width of a residual encoder");
  }
  hidden = reader.integer("hidden", 1, 4096);
  blend = reader.boolean("blend");
  bridge = reader.boolean("bridge");
  if (bridge && !blend) reader.fail("bridge", "needs the blend's coefficient");
}

std::shared_ptr<const NetworkConfig> TrnetConfig::read(json::ObjectReader& reader) {
  auto config = std::make_shared<TrnetConfig>();
  config->encoder = read_encoder(reader, "encoder");
  config->classes = reader.integer("classes", 1, kMostClasses);
  config->read_layers(reader);
  return config;
}

}  // namespace serene::networks
