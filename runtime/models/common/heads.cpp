#include "runtime/models/common/heads.h"

#include <algorithm>
#include <optional>
#include <set>

namespace serene::models {
namespace {

using networks::EncoderConfig;
using networks::HeadConfig;
using networks::Role;

const EncoderConfig& encoder_of(const ModelConfig& config) {
  return dynamic_cast<const EncoderConfig&>(*config.find(Role::encoder)->network);
}
const HeadConfig& head_of(const PartConfig& part) { return dynamic_cast<const HeadConfig&>(*part.network); }

// What the heads read is among the encoder's states.
void check_states(const EncoderConfig& encoder, const HeadConfig& head, const std::string& key,
                  const Fail& fail) {
  const auto states = [](int64_t layers) { return std::to_string(layers + 1) + " states"; };
  if (head.width() != encoder.width()) {
    fail(key, "reads states of " + std::to_string(head.width()) + " channels, the encoder's have " +
                  std::to_string(encoder.width()));
  }
  if (head.state() && *head.state() > encoder.layers()) {
    fail(key,
         "reads state " + std::to_string(*head.state()) + ", the encoder has " + states(encoder.layers()));
  }
  if (!head.state() && head.summed_states() != encoder.all_layers() + 1) {
    fail(key, "weights " + std::to_string(head.summed_states()) + " states, the encoder has " +
                  states(encoder.all_layers()));
  }
  const bool last = !head.state() || *head.state() < 0;
  if (last && encoder.layers() != encoder.all_layers())
    fail(key, "reads layers of the encoder that are not in the file");
}

void check_names(const ModelConfig& config, const std::vector<std::string>& taken, const Fail& fail) {
  std::set<std::string> names(taken.begin(), taken.end());
  for (const OutputSpec& output : head_outputs(config)) {
    if (names.insert(output.name).second) continue;
    const bool own = std::ranges::find(taken, output.name) != taken.end();
    fail("parts", own ? "a head has an output " + output.name + ", which is the model's own"
                      : "two heads have an output " + output.name);
  }
}

}  // namespace

std::vector<const PartConfig*> heads_of(const ModelConfig& config) {
  std::vector<const PartConfig*> heads;
  for (const PartConfig& part : config.parts) {
    if (part.network->role() == Role::head) heads.push_back(&part);
  }
  // That of std::ranges does not compile with clang 14.
  std::stable_partition(heads.begin(), heads.end(), [](const PartConfig* part) {
    return head_of(*part).outputs().front().kind == OutputKind::classes;
  });
  return heads;
}

std::vector<OutputSpec> head_outputs(const ModelConfig& config) {
  std::vector<OutputSpec> all;
  for (const PartConfig* part : heads_of(config)) {
    for (OutputSpec& output : head_of(*part).outputs()) all.push_back(std::move(output));
  }
  return all;
}

std::vector<OutputSpec> head_classes(const ModelConfig& config) {
  std::vector<OutputSpec> all = head_outputs(config);
  std::erase_if(all, [](const OutputSpec& output) { return output.kind != OutputKind::classes; });
  return all;
}

std::vector<OutputSpec> labelled_head_outputs(const ModelConfig& config) {
  std::vector<OutputSpec> all = head_outputs(config);
  for (OutputSpec& output : all) {
    const auto it = std::ranges::find(config.outputs, output.name, &OutputSpec::name);
    if (it != config.outputs.end()) output.labels = it->labels;
  }
  return all;
}

void check_heads(const ModelConfig& config, const std::vector<std::string>& taken, const Fail& fail) {
  for (const PartConfig* part : heads_of(config))
    check_states(encoder_of(config), head_of(*part), "parts." + part->name, fail);
  check_names(config, taken, fail);
  const std::vector<OutputSpec> wanted = head_classes(config);
  const bool same = std::ranges::equal(config.outputs, wanted, [](const auto& a, const auto& b) {
    return a.name == b.name && a.kind == b.kind;
  });
  if (!same) fail("outputs", "are not the heads' classes");
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (config.outputs[i].size != wanted[i].size) {
      fail("outputs", std::to_string(config.outputs[i].size) + " labels for " +
                          std::to_string(wanted[i].size) + " classes");
    }
  }
}

void join_heads(ModelConfig& config, const std::vector<std::string>& taken, const Fail& fail) {
  const EncoderConfig& encoder = encoder_of(config);
  int64_t layers = 0;
  for (const PartConfig* part : heads_of(config)) {
    check_states(encoder, head_of(*part), part->name, fail);
    const std::optional<int64_t> state = head_of(*part).state();
    layers = std::max(layers, state && *state >= 0 ? *state : encoder.layers());
  }
  check_names(config, taken, fail);
  for (PartConfig& part : config.parts) {
    if (part.network->role() == Role::encoder && layers < encoder.layers()) {
      part.network = encoder.with_layers(layers);
      return;
    }
  }
}

}  // namespace serene::models
