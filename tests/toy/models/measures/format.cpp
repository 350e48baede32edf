#include "tests/toy/models/measures/format.h"

namespace serene::models {
namespace {

// Asked for by name alone, as is every model here: the toy network by itself is `classify`.
bool takes(const ModelConfig&) { return false; }

std::vector<OutputSpec> labelled(const ModelConfig&) { return {}; }

void check(const ModelConfig& config, const Fail& fail) {
  if (config.parts.size() != 1 || config.count(networks::Role::classifier) != 1)
    fail("parts", "model measures needs one classifier");
  for (const OutputSpec& output : config.outputs) {
    if (output.size != config.parts.front().network->class_count()) fail("outputs", "the labels are others");
  }
}

std::string why_not_scored(const ModelConfig&) { return ""; }

// The scalars come first: which output is primary is not a matter of its place.
std::vector<OutputSpec> outputs(const ModelConfig& config) {
  std::vector<OutputSpec> all{networks::scalar_output("mean_level"), networks::scalar_output("onset_level")};
  all.insert(all.end(), config.outputs.begin(), config.outputs.end());
  all.push_back(networks::vector_output("point", 2));
  all.push_back(networks::vector_output("onset_point", 2));
  return all;
}

}  // namespace

const ModelFormat measures_model_format{.name = "measures",
                                        .takes = takes,
                                        .labelled = labelled,
                                        .check = check,
                                        .cannot_score = why_not_scored,
                                        .outputs = outputs};

}  // namespace serene::models
