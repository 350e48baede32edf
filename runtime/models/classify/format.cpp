#include "runtime/models/classify/format.h"

namespace serene::models {
namespace {

using networks::Role;

bool takes(const ModelConfig& config) {
  return config.parts.size() == 1 && config.count(Role::classifier) == 1;
}

std::vector<OutputSpec> labelled(const ModelConfig& config) {
  OutputSpec output;
  output.name = "classes";
  output.kind = OutputKind::classes;
  output.size = config.parts.front().network->class_count();
  return {output};
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) fail("parts", "model classify needs one classifier and nothing else");
  if (config.outputs.size() != 1) fail("outputs", "model classify has one output with labels");
  const int64_t classes = config.parts.front().network->class_count();
  if (config.outputs.front().size != classes) {
    fail("outputs",
         std::to_string(config.outputs.front().size) + " labels for " + std::to_string(classes) + " classes");
  }
}

std::string why_not_scored(const ModelConfig&) { return ""; }

std::vector<OutputSpec> outputs(const ModelConfig& config) { return config.outputs; }

}  // namespace

const ModelFormat classify_model_format{.name = "classify",
                                        .takes = takes,
                                        .labelled = labelled,
                                        .check = check,
                                        .cannot_score = why_not_scored,
                                        .outputs = outputs};

}  // namespace serene::models
