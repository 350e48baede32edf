// A speech encoder alone: its hidden states can be checked, and a head can be put on it.
#include "runtime/models/encode/format.h"

namespace serene::models {
namespace {

using networks::Role;

bool takes(const ModelConfig& config) { return config.parts.size() == 1 && config.count(Role::encoder) == 1; }

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) fail("parts", "model encode needs one encoder and nothing else");
  if (!config.outputs.empty()) fail("outputs", "model encode has none");
}

std::string why_not_scored(const ModelConfig&) { return "the model is an encoder without a head"; }

std::vector<OutputSpec> none(const ModelConfig&) { return {}; }

}  // namespace

const ModelFormat encode_model_format{.name = "encode",
                                      .takes = takes,
                                      .labelled = none,
                                      .check = check,
                                      .cannot_score = why_not_scored,
                                      .outputs = none};

}  // namespace serene::models
