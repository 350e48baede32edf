#include "tests/toy/models/point/format.h"

namespace serene::models {
namespace {

bool takes(const ModelConfig&) { return false; }

std::vector<OutputSpec> labelled(const ModelConfig&) { return {}; }

void check(const ModelConfig& config, const Fail& fail) {
  if (config.parts.size() != 1 || config.count(networks::Role::classifier) != 1 || !config.outputs.empty())
    fail("parts", "model point needs one classifier, and no labels");
}

std::string why_not_scored(const ModelConfig&) { return ""; }

std::vector<OutputSpec> outputs(const ModelConfig&) { return {networks::vector_output("point", 2)}; }

}  // namespace

const ModelFormat point_model_format{.name = "point",
                                     .takes = takes,
                                     .labelled = labelled,
                                     .check = check,
                                     .cannot_score = why_not_scored,
                                     .outputs = outputs};

}  // namespace serene::models
