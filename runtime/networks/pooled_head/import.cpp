// A head beside its encoder, or alone.
#include <algorithm>

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/folder_config.h"
#include "runtime/networks/common/settings.h"
#include "runtime/networks/pooled_head/config.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

// Names of dimensions, which are no alternatives: who publishes them means numbers.
bool are_dimensions(const std::vector<std::string>& names) {
  constexpr std::string_view kDimensions[] = {"arousal", "activation", "dominance", "valence"};
  return !names.empty() && std::ranges::all_of(names, [&](const std::string& name) {
    return std::ranges::find(kDimensions, name) != std::end(kDimensions);
  });
}

std::vector<std::string> lower_case(std::vector<std::string> names) {
  for (std::string& name : names) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return names;
}

bool is_regression(FolderConfig& folder, const std::vector<std::string>& names) {
  if (!folder.has("problem_type")) return are_dimensions(names);
  const std::string type = folder.text("problem_type", "");
  if (type != "regression" && type != "single_label_classification")
    folder.fail("problem_type", "is " + type + ", which is not computed here");
  return type == "regression";
}

// What follows the sum over the frames: how many outputs, and whether they are classes.
void read_outputs(const Checkpoint& checkpoint, FolderConfig& folder, PooledHeadConfig& config) {
  const std::vector<std::string> names = lower_case(checkpoint.labels);
  const auto fail = [&](const std::string& cause) { weights::refuse(checkpoint.name, "id2label: " + cause); };
  const auto count = static_cast<int>(names.size());
  if (count != 0 && count != config.classes) {
    fail("names " + std::to_string(count) + " outputs, the checkpoint has " + std::to_string(config.classes));
  }
  if (!is_regression(folder, names)) return;
  if (names.empty()) fail("missing: it names the outputs of a regression");
  if (const std::string cause = unfit_names(names); !cause.empty()) fail(cause);
  config.scalars = names;
}

PooledHeadConfig config_of(const Checkpoint& checkpoint) {
  FolderConfig folder(checkpoint.config, checkpoint.name);
  const weights::StoredTensors& tensors = checkpoint.tensors;
  PooledHeadConfig config;
  config.of_state = Settings(checkpoint).integer("state", 0, 256).value_or(-1);
  if (has_prefix(tensors, "tdnn."))
    weights::refuse(checkpoint.name, "tdnn.0: a head of x-vectors, which is not computed here");
  if (has_prefix(tensors, "output_layer_")) {
    config.kind = PooledKind::heads4;
    config.hidden = width(checkpoint, {{"output_layer_C.weight", 2, 1}, {"output_layer_A.weight", 2, 1}});
    config.classes = width(checkpoint, {{"output_layer_C.weight", 2, 0}, {"output_layer_C.bias", 1, 0}});
    return config;
  }
  folder.require("pooling_mode", "mean");
  const bool dense = has_prefix(tensors, "classifier.dense.") || has_prefix(tensors, "classifier.out_proj.");
  config.kind = dense ? PooledKind::dense : PooledKind::projected;
  const std::string first = dense ? "classifier.dense." : "projector.";
  const std::string second = dense ? "classifier.out_proj." : "classifier.";
  config.hidden = width(checkpoint, {{first + "weight", 2, 1}});
  config.inner = width(checkpoint, {{first + "weight", 2, 0}, {first + "bias", 1, 0}});
  config.classes = width(checkpoint, {{second + "weight", 2, 0}, {second + "bias", 1, 0}});
  const bool summed = !dense && tensors.contains("layer_weights");
  if (!dense && folder.boolean("use_weighted_layer_sum", summed))
    config.states = width(checkpoint, {{"layer_weights", 1, 0}});
  const int projected = folder.integer("classifier_proj_size", 1, 65536, config.inner);
  if (!dense && projected != config.inner) {
    folder.fail("classifier_proj_size",
                "is " + std::to_string(projected) + ", the projector has " + std::to_string(config.inner));
  }
  if (config.states > 0 && config.of_state >= 0)
    weights::refuse(checkpoint.name, "setting state: the head reads the weighted sum of all states");
  read_outputs(checkpoint, folder, config);
  return config;
}

}  // namespace

bool is_pooled_head(const Checkpoint& checkpoint) {
  const weights::StoredTensors& tensors = checkpoint.tensors;
  if (has_prefix(tensors, "gru.")) return false;  // another head, whose classifier is called so, too
  return has_prefix(tensors, "projector.") || has_prefix(tensors, "classifier.dense.") ||
         has_prefix(tensors, "classifier.out_proj.") || has_prefix(tensors, "output_layer_");
}

bool is_unused_by_pooled_head(std::string_view tensor) {
  return !is_of_head(tensor) || tensor.starts_with("layer_weights");
}

Import import_pooled_head(const Checkpoint& checkpoint) {
  Import import;
  import.config = std::make_shared<PooledHeadConfig>(config_of(checkpoint));
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (is_of_head(name)) import.tensors.emplace(name, tensor);
  }
  return import;
}

}  // namespace serene::networks
