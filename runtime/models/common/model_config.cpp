#include "runtime/models/common/model_config.h"

#include <algorithm>

#include "runtime/models/common/model_format.h"
#include "runtime/models/trnet/version_1.h"
#include "runtime/networks/common/network_format.h"
#include "weights/json/object_reader.h"
#include "weights/json/parse.h"
#include "weights/json/text.h"
#include "weights/refuse.h"

namespace serene::models {
namespace {

// Of objects and arrays in a configuration.
constexpr size_t kDeepest = 8;
constexpr size_t kMostParts = 16, kMostOutputs = 16;

std::vector<std::string> names_of_models() {
  std::vector<std::string> names;
  for (const ModelFormat* format : model_formats()) names.emplace_back(format->name);
  return names;
}

std::shared_ptr<const networks::NetworkConfig> read_network(json::ObjectReader reader) {
  const std::string name = reader.text("network");
  const networks::NetworkFormat* format = networks::find_network(name);
  if (format == nullptr) reader.fail("network", name + " is not a network of this program");
  std::shared_ptr<const networks::NetworkConfig> network = format->read(reader);
  reader.refuse_unknown();
  return network;
}

std::vector<PartConfig> read_parts(json::ObjectReader reader) {
  std::vector<PartConfig> parts;
  const std::vector<std::string> names = reader.keys();
  if (names.empty() || names.size() > kMostParts)
    reader.fail("", "must be 1 to " + std::to_string(kMostParts) + " parts");
  for (const std::string& name : names) {
    if (!is_part_name(name)) reader.fail(name, "must be a name of a-z, 0-9 and _");
    parts.push_back({name, read_network(reader.object(name))});
  }
  return parts;
}

OutputSpec read_output(json::ObjectReader reader) {
  OutputSpec output;
  output.name = reader.text("name");
  if (!is_part_name(output.name)) reader.fail("name", "must be a name of a-z, 0-9 and _");
  reader.word("kind", {"classes"});
  output.kind = OutputKind::classes;
  output.labels = reader.names("labels");
  output.size = static_cast<int64_t>(output.labels.size());
  reader.refuse_unknown();
  return output;
}

ModelConfig read_version_2(json::ObjectReader& reader) {
  ModelConfig config;
  config.model = reader.word("model", names_of_models());
  if (reader.integer("sample_rate", 1, 1000000) != kSampleRate)
    reader.fail("sample_rate", "must be " + std::to_string(kSampleRate));
  config.clip = read_fit(reader.object("clip"));
  config.parts = read_parts(reader.object("parts"));
  if (reader.has("outputs")) {
    for (const json::ObjectReader& output : reader.objects("outputs", kMostOutputs))
      config.outputs.push_back(read_output(output));
  }
  return config;
}

void write_version_2(const ModelConfig& config, json::Object& object) {
  json::add(object, "model", config.model);
  json::add(object, "sample_rate", kSampleRate);
  json::add(object, "clip", to_value(config.clip));
  json::Object parts;
  for (const PartConfig& part : config.parts) {
    json::Object network = json::object("network", std::string(part.network->network()));
    part.network->write(network);
    json::add(parts, part.name, std::move(network));
  }
  json::add(object, "parts", std::move(parts));
  json::Array outputs;
  for (const OutputSpec& output : config.outputs) {
    outputs.push_back(json::object("name", output.name, "kind", name_of(output.kind), "labels",
                                   json::Array(output.labels.begin(), output.labels.end())));
  }
  if (!outputs.empty()) json::add(object, "outputs", std::move(outputs));
}

}  // namespace

bool is_part_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

const PartConfig* ModelConfig::find(networks::Role role) const {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const PartConfig& part) { return part.network->role() == role; });
  return found == parts.end() ? nullptr : &*found;
}

size_t ModelConfig::count(networks::Role role) const {
  return static_cast<size_t>(std::count_if(
      parts.begin(), parts.end(), [&](const PartConfig& part) { return part.network->role() == role; }));
}

std::string cannot_score(const ModelConfig& config) { return find_model(config.model)->cannot_score(config); }

std::string cannot_enhance(const ModelConfig& config) {
  return config.find(networks::Role::enhancer) == nullptr
             ? "the model has no enhancer; trnet, which comes with serene, has one"
             : "";
}

std::vector<weights::TensorSpec> tensors_of(const ModelConfig& config) {
  std::vector<weights::TensorSpec> specs;
  for (const PartConfig& part : config.parts) {
    for (weights::TensorSpec& spec : part.network->tensors())
      specs.push_back({part.name + '.' + spec.name, std::move(spec.shape)});
  }
  return specs;
}

json::Value to_value(const ModelConfig& config) {
  json::Object object = json::object("version", config.version);
  if (config.nonfinite) json::add(object, "nonfinite", true);
  config.version == 1 ? write_version_1(config, object) : write_version_2(config, object);
  return object;
}

std::string to_json(const ModelConfig& config) { return json::text(to_value(config)); }

ModelConfig config_from_json(const std::string& text, const std::string& name) {
  if (text.size() > kLongestConfiguration) {
    weights::refuse(name, "configuration: " + std::to_string(text.size()) + " bytes, at most " +
                              std::to_string(kLongestConfiguration));
  }
  json::Value root;
  try {
    root = json::parse(text, kDeepest);
  } catch (const json::ParseError& error) {
    weights::refuse(name, std::string("configuration: ") + error.what());
  }
  json::ObjectReader reader(root, "", name);
  const int version = reader.integer("version", 1, 1000000);
  if (version > kFormatVersion) {
    reader.fail("version", "is " + std::to_string(version) + ", this program knows up to " +
                               std::to_string(kFormatVersion));
  }
  ModelConfig config = version == 1 ? read_version_1(reader) : read_version_2(reader);
  config.version = version;
  if (reader.has("nonfinite")) config.nonfinite = reader.boolean("nonfinite");
  reader.refuse_unknown();
  find_model(config.model)->check(config, [&reader](const std::string& key, const std::string& cause) {
    reader.fail(key, cause);
  });
  return config;
}

}  // namespace serene::models
