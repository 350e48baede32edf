// The folders of reference tensors, and a model converted from their checkpoints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "converter/checkpoint.h"
#include "converter/convert.h"
#include "runtime/models/common/model_file.h"
#include "runtime/networks/trnet/config.h"

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

}  // namespace serene::test
