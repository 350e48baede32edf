// Which of a model's outputs rows have, and in which field.
#pragma once

#include <cstddef>
#include <optional>
#include <serene/serene.hpp>
#include <vector>

#include "runtime/recording/recording_score.h"

namespace serene::cli {

class RowOutputs {
 public:
  RowOutputs() = default;
  explicit RowOutputs(std::vector<OutputSpec> specs);

  // All of the model's, in its order.
  const std::vector<OutputSpec>& specs() const { return specs_; }
  // The first that is classes: `label` and `posterior`. Nothing where none is.
  std::optional<size_t> classes() const { return classes_; }
  // `min_confidence`: the least that the highest posterior must be for a label.
  runtime::LabelRule label_rule(double min_confidence) const;
  const OutputSpec* classes_spec() const { return classes_ ? &specs_[*classes_] : nullptr; }
  // `coefficient`.
  std::optional<size_t> coefficient() const { return coefficient_; }
  // `outputs`: further classes and scalars. Vectors are in no row.
  const std::vector<size_t>& others() const { return others_; }
  // Whether rows have the field `outputs`: of a model without classes also where it is empty, so that a label
  // is seen to lack.
  bool has_others() const { return !others_.empty() || !classes_; }

 private:
  std::vector<OutputSpec> specs_;
  std::optional<size_t> classes_, coefficient_;
  std::vector<size_t> others_;
};

}  // namespace serene::cli
