// A speech encoder and a head on one of its hidden states, or on the weighted sum of all.
#include "runtime/models/encoder_heads/format.h"

#include <algorithm>

namespace serene::models {
namespace {

using networks::EncoderConfig;
using networks::HeadConfig;
using networks::Role;

bool takes(const ModelConfig& config) {
  return config.parts.size() == 2 && config.count(Role::encoder) == 1 && config.count(Role::head) == 1;
}

const EncoderConfig& encoder_of(const ModelConfig& config) {
  return dynamic_cast<const EncoderConfig&>(*config.find(Role::encoder)->network);
}
const HeadConfig& head_of(const ModelConfig& config) {
  return dynamic_cast<const HeadConfig&>(*config.find(Role::head)->network);
}

std::vector<OutputSpec> labelled(const ModelConfig& config) {
  std::vector<OutputSpec> all = head_of(config).outputs();
  std::erase_if(all, [](const OutputSpec& output) { return output.kind != OutputKind::classes; });
  return all;
}

// What the head reads is among the encoder's states.
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
  const bool all = !head.state() || *head.state() < 0;
  if (all && encoder.layers() != encoder.all_layers())
    fail(key, "reads layers of the encoder that are not in the file");
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) fail("parts", "model encoder_heads needs one encoder, one head and nothing else");
  check_states(encoder_of(config), head_of(config), "parts." + config.find(Role::head)->name, fail);
  const std::vector<OutputSpec> wanted = labelled(config);
  const bool same = std::ranges::equal(config.outputs, wanted, [](const auto& a, const auto& b) {
    return a.name == b.name && a.kind == b.kind;
  });
  if (!same) fail("outputs", "are not the head's classes");
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (config.outputs[i].size != wanted[i].size) {
      fail("outputs", std::to_string(config.outputs[i].size) + " labels for " +
                          std::to_string(wanted[i].size) + " classes");
    }
  }
}

std::string why_not_scored(const ModelConfig&) { return ""; }

std::vector<OutputSpec> outputs(const ModelConfig& config) {
  std::vector<OutputSpec> all = head_of(config).outputs();
  for (OutputSpec& output : all) {
    const auto it = std::ranges::find(config.outputs, output.name, &OutputSpec::name);
    if (it != config.outputs.end()) output.labels = it->labels;
  }
  return all;
}

// Layers above the state that the head reads are dropped.
void join(ModelConfig& config, const Fail& fail) {
  const HeadConfig& head = head_of(config);
  for (PartConfig& part : config.parts) {
    if (part.network->role() != Role::encoder) continue;
    const EncoderConfig& encoder = encoder_of(config);
    if (head.state() && *head.state() >= 0 && *head.state() < encoder.layers())
      part.network = encoder.with_layers(*head.state());
  }
  check_states(encoder_of(config), head, config.find(Role::head)->name, fail);
}

}  // namespace

const ModelFormat encoder_heads_model_format{.name = "encoder_heads",
                                             .takes = takes,
                                             .labelled = labelled,
                                             .check = check,
                                             .cannot_score = why_not_scored,
                                             .outputs = outputs,
                                             .join = join};

}  // namespace serene::models
