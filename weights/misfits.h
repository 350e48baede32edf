// How the tensors of a file differ from those that a network needs.
#pragma once

#include <functional>
#include <map>
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

struct TensorFacts {
  DType dtype;
  std::span<const int64_t> shape;
};

// A line for each tensor that is missing, has another shape or type, or is one too many; empty if all fit.
std::vector<std::string> misfits(const std::map<std::string_view, TensorFacts>& tensors,
                                 std::span<const TensorSpec> specs, const TensorRule& rule);
// Of Tensors or StoredTensors.
template <class Map>
std::vector<std::string> misfits(const Map& tensors, std::span<const TensorSpec> specs,
                                 const TensorRule& rule) {
  std::map<std::string_view, TensorFacts> facts;
  for (const auto& [name, tensor] : tensors) facts[name] = {tensor.dtype, tensor.shape};
  return misfits(facts, specs, rule);
}
// "3 tensors do not fit: ...", with the first 20.
std::string misfit_text(const std::vector<std::string>& problems);
// The first 20 of `problems` on one line, and how many more there are.
std::string listed(const std::vector<std::string>& problems);

}  // namespace serene::weights
