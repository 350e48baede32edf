#include "runtime/models/trnet/version_1.h"

#include "runtime/models/trnet/format.h"
#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/trnet/config.h"

namespace serene::models {
namespace {

PartConfig read_se(weights::ConfigReader reader) {
  reader.word("kind", {"cmgan"});
  PartConfig part{"se", networks::CmganConfig::read(reader)};
  reader.refuse_unknown();
  return part;
}

PartConfig read_ser(weights::ConfigReader reader, ModelConfig& config) {
  auto network = std::make_shared<networks::TrnetConfig>();
  network->encoder = networks::TrnetConfig::read_encoder(reader, "kind");
  network->read_layers(reader);
  const std::vector<std::string> labels = reader.labels("labels");
  network->classes = static_cast<int>(labels.size());
  config.outputs = {emotion_output(labels)};
  config.clip = read_fit(reader.object("fit"));
  reader.refuse_unknown();
  return {"ser", std::move(network)};
}

}  // namespace

ModelConfig read_version_1(weights::ConfigReader& reader) {
  ModelConfig config;
  if (reader.has("se")) config.parts.push_back(read_se(reader.object("se")));
  config.model = reader.has("ser") ? "trnet" : "enhance";
  if (reader.has("ser")) config.parts.push_back(read_ser(reader.object("ser"), config));
  if (config.parts.empty()) reader.fail("", "has neither se nor ser");
  return config;
}

void write_version_1(const ModelConfig& config, weights::JsonObject& json) {
  for (const PartConfig& part : config.parts) {
    weights::JsonObject object;
    if (const auto* trnet = dynamic_cast<const networks::TrnetConfig*>(part.network.get())) {
      object.add_text("kind", trnet->encoder_name())
          .add("labels", weights::json_array(config.outputs.front().labels))
          .add("fit", to_json(config.clip));
      trnet->write_layers(object);
    } else {
      object.add_text("kind", part.network->network());
      part.network->write(object);
    }
    json.add(part.name, object.text());
  }
}

}  // namespace serene::models
