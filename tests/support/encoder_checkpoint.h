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
#include "weights/file.h"
#include "weights/json/parse.h"

namespace serene::test {

inline json::Value json_file(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return nullptr;
  const std::vector<std::byte> bytes = weights::read_file(path.string());
  return json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, 8);
}

// id2label, in the order of its numbers.
inline std::vector<std::string> labels_in(const json::Value& config) {
  std::map<int, std::string> by_number;
  const json::Value* labels = json::find(*config.as<json::Object>(), "id2label");
  if (labels == nullptr) return {};
  for (const json::Member& member : *labels->as<json::Object>())
    by_number[std::stoi(member.key)] = *member.value.as<std::string>();
  std::vector<std::string> all;
  for (const auto& [number, label] : by_number) all.push_back(label);
  return all;
}

// Of a folder, or of a file without one.
inline networks::Checkpoint encoder_checkpoint(const std::filesystem::path& path,
                                               std::map<std::string, std::string> settings = {}) {
  networks::Checkpoint checkpoint;
  checkpoint.name = path.string();
  checkpoint.settings = std::move(settings);
  if (!std::filesystem::is_directory(path)) {
    checkpoint.tensors = weights::stored(converter::read_checkpoint(path.string()));
    return checkpoint;
  }
  checkpoint.tensors = weights::stored(converter::read_checkpoint((path / "model.safetensors").string()));
  checkpoint.config = json_file(path / "config.json");
  checkpoint.preprocessor = json_file(path / "preprocessor_config.json");
  checkpoint.labels = labels_in(checkpoint.config);
  return checkpoint;
}

// The model file of all networks that a checkpoint has; classes without labels are numbered.
inline std::vector<std::byte> encoder_model(const networks::Checkpoint& checkpoint) {
  models::ModelConfig config;
  weights::TensorFile file;
  for (const networks::NetworkFormat* format : networks::network_formats()) {
    if (!format->recognises(checkpoint)) continue;
    const networks::Import import = format->import(checkpoint);
    const std::string part(name_of(format->role));
    file.tensors.merge(converter::fitted(import, *format, part, checkpoint.name));
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
