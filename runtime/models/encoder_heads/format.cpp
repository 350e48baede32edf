// A speech encoder and heads, each on one of its hidden states or on the weighted sum of all.
#include "runtime/models/encoder_heads/format.h"

#include "runtime/models/common/heads.h"

namespace serene::models {
namespace {

using networks::Role;

bool takes(const ModelConfig& config) {
  return config.count(Role::encoder) == 1 && config.count(Role::head) >= 1 &&
         config.parts.size() == 1 + config.count(Role::head);
}

void check(const ModelConfig& config, const Fail& fail) {
  if (!takes(config))
    fail("parts", "model encoder_heads needs one encoder, one or more heads and nothing else");
  check_heads(config, {}, fail);
}

std::string why_not_scored(const ModelConfig&) { return ""; }

void join(ModelConfig& config, const Fail& fail) { join_heads(config, {}, fail); }

}  // namespace

const ModelFormat encoder_heads_model_format{.name = "encoder_heads",
                                             .takes = takes,
                                             .labelled = head_classes,
                                             .check = check,
                                             .cannot_score = why_not_scored,
                                             .outputs = labelled_head_outputs,
                                             .join = join};

}  // namespace serene::models
