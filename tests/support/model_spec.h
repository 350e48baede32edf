// Configurations of small models, in a test's words.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/models/trnet/format.h"
#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/trnet/config.h"

namespace serene::test {

// A model of CMGAN, TRNet's recogniser or both, as the test words it.
struct Recogniser : networks::TrnetConfig {
  std::vector<std::string> labels;
  models::Fit fit;
};
struct ModelSpec {
  std::optional<networks::CmganConfig> se = {};
  std::optional<Recogniser> ser = {};
  bool nonfinite = false;
  int version = models::kFormatVersion;

  operator models::ModelConfig() const {
    models::ModelConfig config;
    config.version = version;
    config.nonfinite = nonfinite;
    config.model = ser ? "trnet" : "enhance";
    if (se) config.parts.push_back({"se", std::make_shared<networks::CmganConfig>(*se)});
    if (ser) {
      auto recogniser = std::make_shared<networks::TrnetConfig>(*ser);
      recogniser->classes = static_cast<int>(ser->labels.size());
      config.parts.push_back({"ser", std::move(recogniser)});
      config.outputs = {models::emotion_output(ser->labels)};
      config.clip = ser->fit;
    }
    return config;
  }
};
// The recogniser of a model that was read.
inline const networks::TrnetConfig& recogniser_of(const models::ModelConfig& config) {
  return dynamic_cast<const networks::TrnetConfig&>(*config.find(networks::Role::recogniser)->network);
}

inline networks::CmganConfig small_se() { return {8, 1}; }

inline Recogniser small_ser(networks::TrnetEncoder encoder) {
  Recogniser config;
  config.encoder = encoder;
  config.widths = {4, 8, 8, 16};
  config.embedding = 16;
  config.hidden = 8;
  config.labels = {"angry", "happy", "sad"};
  config.fit = {models::FitRule::tile, 0.5};
  return config;
}

}  // namespace serene::test
