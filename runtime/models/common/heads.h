// The heads of a model on its encoder: what they read, and what they give.
#pragma once

#include <string>
#include <vector>

#include "runtime/models/common/model_format.h"

namespace serene::models {

// The parts that are heads, in the order of their outputs: those with classes first, as the first output of a
// model is the primary one.
std::vector<const PartConfig*> heads_of(const ModelConfig& config);

// All outputs of all heads, classes without their labels.
std::vector<OutputSpec> head_outputs(const ModelConfig& config);
// Those that are classes.
std::vector<OutputSpec> head_classes(const ModelConfig& config);
// All of them with the labels of the file.
std::vector<OutputSpec> labelled_head_outputs(const ModelConfig& config);

// Whether the heads read what the encoder has, give each output once, and the file has the labels of their
// classes. Names of outputs in `taken` are the model's own.
void check_heads(const ModelConfig& config, const std::vector<std::string>& taken, const Fail& fail);

// Of a conversion: drops the encoder's layers above the states that the heads read.
void join_heads(ModelConfig& config, const std::vector<std::string>& taken, const Fail& fail);

}  // namespace serene::models
