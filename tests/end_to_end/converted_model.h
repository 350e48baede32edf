// The folders of reference tensors, and a model converted from their checkpoints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "converter/architecture.h"
#include "converter/checkpoint.h"
#include "converter/convert.h"
#include "runtime/models/common/model_file.h"

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
  options.se = se;
  options.ser = ser;
  if (!fit.empty()) options.fit = converter::parse_fit(fit);
  if (!ser.empty()) {
    const int64_t classes = converter::class_count(converter::read_checkpoint(ser), ser);
    for (int64_t i = 0; i < classes; ++i) options.labels.push_back("class " + std::to_string(i));
  }
  return weights::serialize_safetensors(converter::convert(options));
}

}  // namespace serene::test
