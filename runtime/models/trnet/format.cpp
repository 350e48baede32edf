#include "runtime/models/trnet/format.h"

#include "runtime/networks/trnet/config.h"

namespace serene::models {
namespace {

using networks::Role;

const networks::TrnetConfig* recogniser_of(const ModelConfig& config) {
  const PartConfig* part = config.find(Role::recogniser);
  return part == nullptr ? nullptr : dynamic_cast<const networks::TrnetConfig*>(part->network.get());
}

bool takes(const ModelConfig& config) {
  return recogniser_of(config) != nullptr && config.count(Role::recogniser) == 1 &&
         config.count(Role::enhancer) + 1 == config.parts.size() && config.parts.size() <= 2;
}

std::vector<OutputSpec> labelled(const ModelConfig& config) {
  return {
      {.name = "emotion", .kind = OutputKind::classes, .size = recogniser_of(config)->classes, .labels = {}}};
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) fail("parts", "model trnet needs one recogniser and takes one enhancer besides it");
  const networks::TrnetConfig* recogniser = recogniser_of(config);
  if (config.outputs.size() != 1 || config.outputs.front().name != "emotion")
    fail("outputs", "model trnet has one output with labels, emotion");
  if (config.outputs.front().size != recogniser->classes) {
    fail("outputs", std::to_string(config.outputs.front().size) + " labels for " +
                        std::to_string(recogniser->classes) + " classes");
  }
}

std::string why_not_scored(const ModelConfig& config) {
  if (config.find(Role::enhancer) != nullptr || !recogniser_of(config)->blend) return "";
  return "the classifier needs enhanced speech, and the model has no enhancer";
}

std::vector<OutputSpec> outputs(const ModelConfig& config) {
  const networks::TrnetConfig& recogniser = *recogniser_of(config);
  std::vector<OutputSpec> all{config.outputs.front()};
  if (recogniser.blend) all.push_back(networks::scalar_output("coefficient"));
  for (const char* name : {"embedding", "calibrated"})
    all.push_back(networks::vector_output(name, recogniser.embedding));
  return all;
}

}  // namespace

const ModelFormat trnet_model_format{.name = "trnet",
                                     .takes = takes,
                                     .labelled = labelled,
                                     .check = check,
                                     .cannot_score = why_not_scored,
                                     .outputs = outputs};

OutputSpec emotion_output(std::vector<std::string> labels) {
  OutputSpec output;
  output.name = "emotion";
  output.kind = OutputKind::classes;
  output.size = static_cast<int64_t>(labels.size());
  output.labels = std::move(labels);
  return output;
}

}  // namespace serene::models
