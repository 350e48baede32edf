// How the tensors of a file differ from those that a network needs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/schema.h"
#include "weights/tensor.h"

namespace serene::weights {

// What a file may hold beyond names and shapes.
struct TensorRule {
  bool (*takes)(DType dtype);
  std::string_view wanted;                             // "F32, F16 or BF16"
  std::string_view owner;                              // "the model": what a tensor too many is no part of
  std::function<bool(std::string_view)> may_be_extra;  // null: nothing may
};

// A line for each tensor that is missing, has another shape or type, or is one too many; empty if all fit.
std::vector<std::string> misfits(const Tensors& tensors, std::span<const TensorSpec> specs,
                                 const TensorRule& rule);
// "3 tensors do not fit: ...", with the first 20.
std::string misfit_text(const std::vector<std::string>& problems);
// The first 20 of `problems` on one line, and how many more there are.
std::string listed(const std::vector<std::string>& problems);

}  // namespace serene::weights
