#include "cli/rows/row_outputs.h"

#include <algorithm>
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

runtime::LabelRule RowOutputs::label_rule(double min_confidence) const {
  runtime::LabelRule rule;
  rule.classes = classes_;
  rule.min_confidence = min_confidence;
  const auto speech = std::ranges::find_if(specs_, [](const OutputSpec& spec) { return spec.threshold > 0; });
  if (speech == specs_.end()) return rule;
  rule.speech = static_cast<size_t>(speech - specs_.begin());
  rule.speech_threshold = speech->threshold;
  return rule;
}

}  // namespace serene::cli
