// Which network a checkpoint is of: its shapes say so.
#pragma once

#include <string>
#include <vector>

#include "converter/checkpoint.h"
#include "weights/config.h"
#include "weights/schema.h"

namespace serene::converter {

bool is_enhancer(const Tensors& tensors);
bool is_recogniser(const Tensors& tensors);

// Throws Error(model), with a hint where the other kind of checkpoint was given. Shapes beyond those that
// decide are checked later, against the schema.
weights::SeConfig infer_se(const Tensors& tensors, const std::string& name);
// Labels and fit are the caller's.
weights::SerConfig infer_ser(const Tensors& tensors, const std::string& name);
// K of a recogniser.
int64_t class_count(const Tensors& tensors, const std::string& name);

// Takes the tensors of `schema` out of the checkpoint as float32; `prefix` stands before their names in the
// schema. Throws Error(model) listing everything that is missing, extra or misshapen at once (the first 20),
// values that are not finite, variances below zero, and weights that are all zero.
Tensors fit_to_schema(const Tensors& tensors, const std::vector<weights::TensorSpec>& schema,
                      const std::string& prefix, const std::string& name);

}  // namespace serene::converter
