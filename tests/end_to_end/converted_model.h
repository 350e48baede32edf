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
#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/trnet/config.h"

namespace serene::test {

inline const std::filesystem::path kOwnGoldens = SERENE_TEST_GOLDEN_DIR;
// The models that are shipped.
inline const std::filesystem::path kModels = SERENE_TEST_MODELS_DIR;
// May not be there.
inline const std::filesystem::path kSharedGoldens = std::filesystem::path(SERENE_TEST_SHARED_DIR) / "golden";

// Model file of these options; classes that the checkpoint does not name are named by number.
inline std::vector<std::byte> model_bytes(converter::ConvertOptions options, int64_t classes) {
  for (int64_t i = 0; i < classes; ++i) options.labels.push_back("class " + std::to_string(i));
  return weights::serialize_safetensors(converter::convert(options).file);
}

// Of a checkpoint's network that has classes.
inline int64_t classes_of(const std::string& path, const networks::NetworkFormat& format,
                          std::map<std::string, std::string> settings = {}) {
  networks::Checkpoint checkpoint = converter::read_checkpoint(path);
  checkpoint.settings = std::move(settings);
  return format.import(checkpoint).config->class_count();
}

// Model file from the checkpoints, of which either may be "", and `fit` is serene-convert's.
inline std::vector<std::byte> converted_model(const std::string& se, const std::string& ser,
                                              const std::string& fit) {
  converter::ConvertOptions options;
  if (!se.empty()) options.parts.push_back({"se", se, networks::Role::enhancer});
  if (!ser.empty()) options.parts.push_back({"ser", ser, networks::Role::recogniser});
  if (!fit.empty()) options.fit = converter::parse_fit(fit);
  return model_bytes(std::move(options), ser.empty() ? 0 : classes_of(ser, networks::trnet_format));
}

// A network, its checkpoint and what no tensor of it says.
struct EncoderPart {
  std::string name, path;
  std::map<std::string, std::string> settings;
};
// Model file of an encoder, alone or with a head of bigru_pool's.
inline std::vector<std::byte> encoder_model(const std::vector<EncoderPart>& sources,
                                            const models::Fit& clip) {
  converter::ConvertOptions options;
  options.fit = clip;
  int64_t classes = 0;
  for (const EncoderPart& source : sources) {
    options.parts.push_back({source.name, source.path});
    if (!source.settings.empty()) options.settings[source.name] = source.settings;
    if (source.name == "head")
      classes = classes_of(source.path, networks::bigru_pool_format, source.settings);
  }
  return model_bytes(std::move(options), classes);
}

}  // namespace serene::test
