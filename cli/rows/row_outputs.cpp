#include "cli/rows/row_outputs.h"

#include <utility>

namespace serene::cli {

RowOutputs::RowOutputs(std::vector<OutputSpec> specs) : specs_(std::move(specs)) {
  for (size_t i = 0; i < specs_.size(); ++i) {
    const OutputSpec& spec = specs_[i];
    if (spec.kind == SERENE_OUTPUT_CLASSES && !classes_) {
      classes_ = i;
    } else if (spec.kind == SERENE_OUTPUT_SCALAR && spec.name == "coefficient") {
      coefficient_ = i;
    } else if (spec.kind == SERENE_OUTPUT_SCALAR && spec.name == "level") {
      level_ = i;
    } else if (spec.kind != SERENE_OUTPUT_VECTOR) {
      others_.push_back(i);
    }
  }
}

RowOutputs RowOutputs::level_alone(std::vector<OutputSpec> specs) {
  RowOutputs outputs(std::move(specs));
  outputs.level_alone_ = true;
  outputs.classes_ = outputs.coefficient_ = std::nullopt;
  outputs.others_.clear();
  return outputs;
}

}  // namespace serene::cli
