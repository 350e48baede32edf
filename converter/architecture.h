// Which network a checkpoint is of: its names and shapes say so.
#pragma once

#include <string>
#include <vector>

#include "converter/checkpoint.h"
#include "weights/config.h"
#include "weights/schema.h"

namespace serene::converter {

bool is_enhancer(const Tensors& tensors);
bool is_recogniser(const Tensors& tensors);

// Every width is read off the first of several tensors that carry it, so that a damaged checkpoint is told in
// full by fit_to_schema and not by the one tensor missed first. Throws Error(model) where no tensor has a
// width, with a hint where the other kind of checkpoint was given.
weights::SeConfig infer_se(const Tensors& tensors, const std::string& name);
// Labels and fit are the caller's.
weights::SerConfig infer_ser(const Tensors& tensors, const std::string& name);
// K of a recogniser.
int64_t class_count(const Tensors& tensors, const std::string& name);

// Takes the tensors of `schema` out of the checkpoint as float32; `prefix` stands before their names in the
// schema. Throws Error(model) listing everything that is missing, extra or misshapen at once (the first 20).
Tensors fit_to_schema(const Tensors& tensors, const std::vector<weights::TensorSpec>& schema,
                      const std::string& prefix, const std::string& name);

// What no trained network has: values that are not finite, variances below zero, nothing but zeros. A line a
// tensor, names without `prefix`; empty if all is well.
std::vector<std::string> unsound_values(const Tensors& fitted, const std::string& prefix);

// The first 20 of `problems` on one line, and how many more there are.
std::string listed(const std::vector<std::string>& problems);

}  // namespace serene::converter
