#include "runtime/models/trnet/version_1.h"

#include "runtime/models/trnet/format.h"
#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/trnet/config.h"

namespace serene::models {
namespace {

PartConfig read_se(json::ObjectReader reader) {
  reader.word("kind", {"cmgan"});
  PartConfig part{"se", networks::CmganConfig::read(reader)};
  reader.refuse_unknown();
  return part;
}

PartConfig read_ser(json::ObjectReader reader, ModelConfig& config) {
  auto network = std::make_shared<networks::TrnetConfig>();
  network->encoder = networks::TrnetConfig::read_encoder(reader, "kind");
  network->read_layers(reader);
  const std::vector<std::string> labels = reader.names("labels");
  network->classes = static_cast<int>(labels.size());
  config.outputs = {emotion_output(labels)};
  config.clip = read_fit(reader.object("fit"));
  reader.refuse_unknown();
  return {"ser", std::move(network)};
}

}  // namespace

ModelConfig read_version_1(json::ObjectReader& reader) {
  ModelConfig config;
  if (reader.has("se")) config.parts.push_back(read_se(reader.object("se")));
  config.model = reader.has("ser") ? "trnet" : "enhance";
  if (reader.has("ser")) config.parts.push_back(read_ser(reader.object("ser"), config));
  if (config.parts.empty()) reader.fail("", "has neither se nor ser");
  return config;
}

void write_version_1(const ModelConfig& config, json::Object& object) {
  for (const PartConfig& part : config.parts) {
    json::Object network;
    if (const auto* trnet = dynamic_cast<const networks::TrnetConfig*>(part.network.get())) {
      const std::vector<std::string>& labels = config.outputs.front().labels;
      network = json::object("kind", std::string(trnet->encoder_name()), "labels",
                             json::Array(labels.begin(), labels.end()), "fit", to_value(config.clip));
      trnet->write_layers(network);
    } else {
      network = json::object("kind", std::string(part.network->network()));
      part.network->write(network);
    }
    json::add(object, part.name, std::move(network));
  }
}

}  // namespace serene::models
