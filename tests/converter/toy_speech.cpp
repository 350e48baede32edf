#include "tests/converter/toy_speech.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/trnet/config.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

constexpr std::string_view kPrefix = "enc.";

int64_t setting(const Checkpoint& checkpoint, const std::string& key, int64_t otherwise) {
  const auto it = checkpoint.settings.find(key);
  if (it == checkpoint.settings.end()) return otherwise;
  int64_t value = 0;
  const char* end = it->second.data() + it->second.size();
  const auto [rest, code] = std::from_chars(it->second.data(), end, value);
  if (code != std::errc() || rest != end) weights::refuse(checkpoint.name, key + ": must be a number");
  return value;
}

// The product of two tensors of a checkpoint, as weight norm is folded.
weights::StoredTensor product(const weights::StoredTensor& a, const weights::StoredTensor& b) {
  return {weights::DType::f32, a.shape, [a, b] {
            std::vector<float> x = weights::to_float(a.read());
            const std::vector<float> y = weights::to_float(b.read());
            for (size_t i = 0; i < x.size(); ++i) x[i] *= y[i];
            return weights::from_float("product", a.shape, x);
          }};
}

bool is_encoder(const Checkpoint& checkpoint) { return has_prefix(checkpoint.tensors, "enc.layers."); }

Import import_encoder(const Checkpoint& checkpoint) {
  auto config = std::make_shared<ToyEncoderConfig>();
  Import import;
  while (has_prefix(checkpoint.tensors, "enc.layers." + std::to_string(config->all) + ".")) ++config->all;
  config->kept = config->all;
  config->channels = width(checkpoint, {{"enc.layers.0.weight", 2, 0}});
  config->heads = setting(checkpoint, "heads", 1);
  const auto* all = checkpoint.config.as<json::Object>();
  if (all != nullptr && json::find(*all, "adapter") != nullptr)
    weights::refuse(checkpoint.name, "config.json: adapter: is not computed");
  for (const auto& [name, tensor] : checkpoint.tensors)
    import.tensors.emplace(name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name, tensor);
  auto& tensors = import.tensors;
  if (tensors.contains("in.g") && tensors.contains("in.v")) {
    tensors["in.weight"] = product(tensors.at("in.g"), tensors.at("in.v"));
    tensors.erase("in.g");
    tensors.erase("in.v");
  }
  import.config = std::move(config);
  return import;
}

bool is_head(const Checkpoint& checkpoint) { return checkpoint.tensors.contains("out.weight"); }

Import import_head(const Checkpoint& checkpoint) {
  auto config = std::make_shared<ToyHeadConfig>();
  config->classes = width(checkpoint, {{"out.weight", 2, 0}});
  config->channels = width(checkpoint, {{"out.weight", 2, 1}});
  if (checkpoint.tensors.contains("layer_weights"))
    config->states = width(checkpoint, {{"layer_weights", 1, 0}});
  config->read_state = setting(checkpoint, "state", -1);
  const auto* all = checkpoint.config.as<json::Object>();
  config->regression = all != nullptr && json::find(*all, "problem_type") != nullptr;
  return {std::move(config), checkpoint.tensors};
}

std::shared_ptr<const NetworkConfig> read_encoder(json::ObjectReader& reader) {
  auto config = std::make_shared<ToyEncoderConfig>();
  config->channels = reader.integer("width", 1, 64);
  config->kept = reader.integer("layers", 0, 64);
  config->all = reader.integer("all_layers", 1, 64);
  config->heads = reader.integer("heads", 1, 64);
  return config;
}

std::shared_ptr<const NetworkConfig> read_head(json::ObjectReader& reader) {
  auto config = std::make_shared<ToyHeadConfig>();
  config->channels = reader.integer("width", 1, 64);
  config->classes = reader.integer("classes", 1, 1000);
  config->states = reader.integer("states", 0, 65);
  config->read_state = reader.integer("state", -1, 64);
  config->regression = reader.boolean("regression");
  return config;
}

constexpr std::array<std::string_view, 2> kEncoderClasses{"ToyModel", "ToyForClassification"};
constexpr std::array<std::string_view, 1> kHeadClasses{"ToyForClassification"}, kHeads{"heads"},
    kState{"state"};

const NetworkFormat kToyEncoder{
    .name = "toy_encoder",
    .role = Role::encoder,
    .read = read_encoder,
    .landmark = "enc.layers.0.weight",
    .recognises = is_encoder,
    .import = import_encoder,
    .is_unused = [](std::string_view name) { return name == "mask" || name.starts_with("decoder."); },
    .settings = kHeads,
    .architectures = kEncoderClasses};
const NetworkFormat kToyHead{.name = "toy_head",
                             .role = Role::head,
                             .read = read_head,
                             .landmark = "out.weight",
                             .recognises = is_head,
                             .import = import_head,
                             .is_unused = is_batch_count,
                             .settings = kState,
                             .architectures = kHeadClasses};

}  // namespace

std::shared_ptr<const EncoderConfig> ToyEncoderConfig::with_layers(int64_t layers) const {
  auto config = std::make_shared<ToyEncoderConfig>(*this);
  config->kept = layers;
  return config;
}

void ToyEncoderConfig::write(json::Object& object) const {
  json::add(object, "width", channels, "layers", kept, "all_layers", all, "heads", heads);
}

std::vector<weights::TensorSpec> ToyEncoderConfig::tensors() const {
  weights::Schema schema;
  schema.add("in.weight", {channels, 1});
  for (int64_t i = 0; i < kept; ++i)
    schema.add("layers." + std::to_string(i) + ".weight", {channels, channels});
  return schema.take();
}

void ToyHeadConfig::write(json::Object& object) const {
  json::add(object, "width", channels, "classes", classes, "states", states, "state", read_state,
            "regression", regression);
}

std::vector<weights::TensorSpec> ToyHeadConfig::tensors() const {
  weights::Schema schema;
  schema.add("out.weight", {classes, channels});
  if (states > 0) schema.add("layer_weights", {states});
  return schema.take();
}

// In place of the product's list, whatever else that has.
std::span<const NetworkFormat* const> network_formats() {
  static constexpr const NetworkFormat* kAll[] = {&cmgan_format, &kToyEncoder, &kToyHead, &trnet_format};
  return kAll;
}

const NetworkFormat* find_network(std::string_view name) {
  const auto all = network_formats();
  const auto found = std::ranges::find(all, name, [](const NetworkFormat* format) { return format->name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace serene::networks
