// The folders of reference tensors, and a model converted from their checkpoints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "converter/checkpoint.h"
#include "converter/convert.h"
#include "runtime/models/common/model_file.h"
#include "runtime/models/common/model_format.h"
#include "runtime/networks/common/network_format.h"
#include "runtime/networks/trnet/config.h"
#include "weights/refuse.h"

namespace serene::test {

inline const std::filesystem::path kOwnGoldens = SERENE_TEST_GOLDEN_DIR;
// The models that are shipped.
inline const std::filesystem::path kModels = SERENE_TEST_MODELS_DIR;
// May not be there.
inline const std::filesystem::path kSharedGoldens = std::filesystem::path(SERENE_TEST_SHARED_DIR) / "golden";

// Model file from the checkpoints, of which either may be ""; classes are named by number, and `fit` is
// serene-convert's.
inline std::vector<std::byte> converted_model(const std::string& se, const std::string& ser,
                                              const std::string& fit) {
  converter::ConvertOptions options;
  if (!se.empty()) options.parts.push_back({"se", se, networks::Role::enhancer});
  if (!ser.empty()) options.parts.push_back({"ser", ser, networks::Role::recogniser});
  if (!fit.empty()) options.fit = converter::parse_fit(fit);
  if (!ser.empty()) {
    networks::Checkpoint checkpoint;
    checkpoint.tensors = weights::stored(converter::read_checkpoint(ser));
    const auto import = networks::TrnetConfig::import(checkpoint);
    const int64_t classes = dynamic_cast<const networks::TrnetConfig&>(*import.config).classes;
    for (int64_t i = 0; i < classes; ++i) options.labels.push_back("class " + std::to_string(i));
  }
  return weights::serialize_safetensors(converter::convert(options));
}

// A network, its checkpoint and what no tensor of it says.
struct EncoderPart {
  std::string name, path;
  std::map<std::string, std::string> settings;
};
// Model file of an encoder, alone or with a head; classes are named by number.
inline std::vector<std::byte> encoder_model(const std::vector<EncoderPart>& sources,
                                            const models::Fit& clip) {
  models::ModelConfig config;
  std::map<std::string, weights::StoredTensors> stored;
  for (const EncoderPart& source : sources) {
    networks::Checkpoint checkpoint;
    checkpoint.name = source.path;
    checkpoint.tensors = weights::stored(converter::read_checkpoint(source.path));
    checkpoint.settings = source.settings;
    for (const networks::NetworkFormat* format : networks::network_formats()) {
      if (!format->recognises(checkpoint)) continue;
      networks::Import import = format->import(checkpoint);
      config.parts.push_back({source.name, import.config});
      stored[source.name] = std::move(import.tensors);
    }
  }
  const models::ModelFormat& model = *models::find_model(sources.size() == 1 ? "encode" : "encoder_heads");
  const auto fail = [](const std::string& key, const std::string& cause) { weights::refuse(key, cause); };
  config.model = model.name;
  if (model.join != nullptr) model.join(config, fail);
  config.outputs = model.labelled(config);
  for (models::OutputSpec& output : config.outputs) {
    for (int64_t i = 0; i < output.size; ++i) output.labels.push_back("class " + std::to_string(i));
  }
  config.clip = clip;
  weights::TensorFile file;
  for (const models::PartConfig& part : config.parts) {
    for (const weights::TensorSpec& spec : part.network->tensors()) {
      const std::string name = part.name + '.' + spec.name;
      file.tensors[name] =
          weights::from_float(name, spec.shape, weights::to_float(stored.at(part.name).at(spec.name).read()));
    }
  }
  file.metadata["serene"] = models::to_json(config);
  return weights::serialize_safetensors(file);
}

}  // namespace serene::test
