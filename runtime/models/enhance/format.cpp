// An enhancer alone: it cleans recordings and scores none.
#include "runtime/models/enhance/format.h"

namespace serene::models {
namespace {

using networks::Role;

bool takes(const ModelConfig& config) {
  return config.parts.size() == 1 && config.count(Role::enhancer) == 1;
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) fail("parts", "model enhance needs one enhancer and nothing else");
  if (!config.outputs.empty()) fail("outputs", "model enhance has none");
}

std::string why_not_scored(const ModelConfig&) { return "the model has no classifier, it can enhance only"; }

std::vector<OutputSpec> none(const ModelConfig&) { return {}; }

}  // namespace

const ModelFormat enhance_model_format{.name = "enhance",
                                       .takes = takes,
                                       .labelled = none,
                                       .check = check,
                                       .cannot_score = why_not_scored,
                                       .outputs = none};

}  // namespace serene::models
