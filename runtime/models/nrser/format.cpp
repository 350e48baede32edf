#include "runtime/models/nrser/format.h"

#include "runtime/models/common/heads.h"

namespace serene::models {
namespace {

using networks::Role;

constexpr const char* kLevel = "level";

bool takes(const ModelConfig& config) {
  return config.count(Role::enhancer) == 1 && config.count(Role::level) == 1 &&
         config.count(Role::encoder) == 1 && config.count(Role::head) >= 1 &&
         config.parts.size() == 3 + config.count(Role::head);
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config)) {
    fail("parts",
         "model nrser needs one enhancer, one estimator of levels, one encoder, one or more heads and "
         "nothing else");
  }
  check_heads(config, {kLevel}, fail);
}

std::string why_not_scored(const ModelConfig&) { return ""; }

std::vector<OutputSpec> outputs(const ModelConfig& config) {
  std::vector<OutputSpec> all = labelled_head_outputs(config);
  all.push_back(networks::scalar_output(kLevel));
  return all;
}

void join(ModelConfig& config, const Fail& fail) { join_heads(config, {kLevel}, fail); }

}  // namespace

const ModelFormat nrser_model_format{.name = "nrser",
                                     .takes = takes,
                                     .labelled = head_classes,
                                     .check = check,
                                     .cannot_score = why_not_scored,
                                     .outputs = outputs,
                                     .join = join};

}  // namespace serene::models
