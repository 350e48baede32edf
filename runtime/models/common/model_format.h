// What is known of each model without running it. serene_add_model (cmake/serene_add_network.cmake) puts a
// model's folder on this list.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/models/common/model_config.h"

namespace serene::models {

// Refuses a configuration: which key, and why. Does not return.
using Fail = std::function<void(const std::string& key, const std::string& cause)>;

struct ModelFormat {
  std::string_view name;  // of the folder: "trnet"
  // Whether the configuration's parts are what the model wires. A conversion that names no model makes the
  // one that takes its parts.
  bool (*takes)(const ModelConfig& config);
  // The outputs whose labels a model file has, without their labels, of a configuration that has its parts.
  std::vector<OutputSpec> (*labelled)(const ModelConfig& config);
  // Whether parts, clip and outputs belong together.
  void (*check)(const ModelConfig& config, const Fail& fail);
  // Why the model cannot score, "" if it can.
  std::string (*cannot_score)(const ModelConfig& config);
  // All outputs, in their order; the first is the primary one. Empty where nothing is scored.
  std::vector<OutputSpec> (*outputs)(const ModelConfig& config);
  // Brings the parts of a conversion to one another, such as an encoder to the layers that its head reads.
  // `fail` gets the name of a part. Null: nothing is to be done.
  void (*join)(ModelConfig& config, const Fail& fail) = nullptr;
};

// Why a model of this configuration cannot score or enhance, "" if it can.
std::string cannot_score(const ModelConfig& config);
std::string cannot_enhance(const ModelConfig& config);

// In the order of their names.
std::span<const ModelFormat* const> model_formats();
// Null where no model has that name.
const ModelFormat* find_model(std::string_view name);

}  // namespace serene::models
