// The folders of reference tensors, and a model converted from their checkpoints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "converter/checkpoint.h"
#include "converter/convert.h"
#include "runtime/models/common/model_file.h"
#include "runtime/networks/common/network_format.h"

namespace serene::test {

inline const std::filesystem::path kOwnGoldens = SERENE_TEST_GOLDEN_DIR;
// The models that are shipped.
inline const std::filesystem::path kModels = SERENE_TEST_MODELS_DIR;
// May not be there.
inline const std::filesystem::path kSharedGoldens = std::filesystem::path(SERENE_TEST_SHARED_DIR) / "golden";

// serene-convert's model file; classes that nobody names are numbered.
inline std::vector<std::byte> converted(converter::ConvertOptions options) {
  for (const converter::PartSource& source : options.parts) {
    networks::Checkpoint checkpoint = converter::read_checkpoint(source.path);
    if (const auto it = options.settings.find(source.name); it != options.settings.end())
      checkpoint.settings = it->second;
    for (const networks::NetworkFormat* format : networks::network_formats()) {
      const bool scores = format->role != networks::Role::enhancer && format->role != networks::Role::encoder;
      // A checkpoint with several parts is looked at once.
      if (!scores || !checkpoint.labels.empty() || !options.labels.empty() || !format->recognises(checkpoint))
        continue;
      for (int64_t i = 0; i < format->import(checkpoint).config->class_count(); ++i)
        options.labels.push_back("class " + std::to_string(i));
    }
  }
  return weights::serialize_safetensors(converter::convert(options).file);
}

// Of an enhancer and a recogniser, either of which may be "", with serene-convert's `fit`.
inline std::vector<std::byte> converted_model(const std::string& se, const std::string& ser,
                                              const std::string& fit) {
  converter::ConvertOptions options;
  if (!se.empty()) options.parts.push_back({"se", se, networks::Role::enhancer});
  if (!ser.empty()) options.parts.push_back({"ser", ser, networks::Role::recogniser});
  if (!fit.empty()) options.fit = converter::parse_fit(fit);
  return converted(std::move(options));
}

}  // namespace serene::test
