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
    } else if (spec.kind != SERENE_OUTPUT_VECTOR) {
      others_.push_back(i);
    }
  }
}

}  // namespace serene::cli
