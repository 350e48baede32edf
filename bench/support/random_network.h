// TRNet with random weights, CMGAN and cnn6 as published but for the width: for benches of sizes that no
// model has.
#pragma once

#include <memory>

#include "runtime/src/model.h"
#include "tests/support/random_model.h"

namespace serene::bench {

// `channels` of the enhancer, 4 to 256.
inline std::shared_ptr<const runtime::Model> random_network(int channels) {
  test::ModelSpec config;
  config.se = networks::CmganConfig{channels, 4};
  config.ser = test::Recogniser{};
  config.ser->widths = {64, 128, 256, 512};
  config.ser->labels = {"angry", "happy", "neutral", "sad"};
  return test::random_model(config);
}

}  // namespace serene::bench
