// Heads that average a clip's frames: those of transformers' ...ForSequenceClassification (`projected`), of
// audeering's dimensions and the classifiers made like it (`dense`), and NRSER's four (`heads4`).
#pragma once

#include <string>
#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

enum class PooledKind { projected, dense, heads4 };

struct PooledHeadConfig : HeadConfig {
  PooledKind kind = PooledKind::projected;
  int hidden = 768;   // H
  int states = 0;     // in the weighted sum of all that it reads; 0: one state
  int of_state = -1;  // that one, -1 for the last
  int inner = 256;    // channels between its two products; heads4 has one product
  int classes = 4;    // K; with `scalars` as many
  // Names of outputs that are numbers of their own and no classes.
  std::vector<std::string> scalars;

  std::string_view network() const override { return "pooled_head"; }
  int64_t width() const override { return hidden; }
  int64_t class_count() const override { return scalars.empty() ? classes : 0; }
  std::optional<int64_t> state() const override;
  int64_t summed_states() const override { return states; }
  std::vector<OutputSpec> outputs() const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

extern const NetworkFormat pooled_head_format;

// In import.cpp.
bool is_pooled_head(const Checkpoint& checkpoint);
Import import_pooled_head(const Checkpoint& checkpoint);
bool is_unused_by_pooled_head(std::string_view tensor);
// Why outputs cannot be called so, "" if they can.
std::string unfit_names(const std::vector<std::string>& names);

}  // namespace serene::networks
