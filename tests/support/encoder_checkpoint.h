// Checkpoints of speech encoders and heads, from folders and files, as the models they make.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "converter/checkpoint.h"
#include "converter/fitted.h"
#include "runtime/models/common/model_file.h"
#include "runtime/models/common/model_format.h"
#include "runtime/networks/common/network_format.h"
#include "weights/safetensors.h"

namespace serene::test {

// Of a folder, or of a file without one.
inline networks::Checkpoint encoder_checkpoint(const std::filesystem::path& path,
                                               std::map<std::string, std::string> settings = {}) {
  networks::Checkpoint checkpoint = converter::read_checkpoint(path.string());
  checkpoint.settings = std::move(settings);
  return checkpoint;
}

// The model file of all networks that a checkpoint has; classes without labels are numbered.
inline std::vector<std::byte> encoder_model(const networks::Checkpoint& checkpoint) {
  models::ModelConfig config;
  weights::StoredFile file;
  for (const networks::NetworkFormat* format : networks::network_formats()) {
    if (!format->recognises(checkpoint)) continue;
    const networks::Import import = format->import(checkpoint);
    const std::string part(name_of(format->role));
    file.tensors.merge(converter::fitted(import, part));
    config.parts.push_back({part, import.config});
  }
  std::ranges::sort(config.parts, {}, &models::PartConfig::name);
  config.model = config.parts.size() == 1 ? "encode" : "encoder_heads";
  config.outputs = models::find_model(config.model)->labelled(config);
  for (models::OutputSpec& output : config.outputs) {
    output.labels = checkpoint.labels;
    for (int64_t i = std::ssize(output.labels); i < output.size; ++i)
      output.labels.push_back("class " + std::to_string(i));
  }
  file.metadata["serene"] = models::to_json(config);
  return weights::serialize_safetensors(file);
}

}  // namespace serene::test
