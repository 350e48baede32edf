// Models with seeded random weights, for tests that need a network but no file.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "runtime/src/clip_score.h"
#include "runtime/src/model.h"
#include "tests/support/model_spec.h"
#include "tests/support/random_values.h"

namespace serene::test {

// Weights scaled by fan-in, norms near one, variances positive: activations keep a moderate size through the
// net.
inline models::ModelFile random_model_file(const models::ModelConfig& config, uint32_t seed = 1) {
  models::ModelFile file;
  file.name = "random";
  file.config = config;
  for (const weights::TensorSpec& spec : models::tensors_of(config)) {
    int64_t count = 1, fan_in = 1;
    for (size_t i = 0; i < spec.shape.size(); ++i) {
      count *= spec.shape[i];
      if (i > 0) fan_in *= spec.shape[i];
    }
    std::vector<float> values = random_values(count, seed++, 1.0f / std::sqrt(static_cast<float>(fan_in)));
    if (spec.shape.size() == 1) {
      const bool variance = spec.name.ends_with("running_var");
      const bool weight = spec.name.ends_with("weight");
      for (float& v : values) v = variance ? 1.0f + 0.1f * std::abs(v) : weight ? 1.0f + 0.1f * v : 0.1f * v;
    }
    file.tensors[spec.name] = weights::stored(weights::from_float(spec.name, spec.shape, values));
  }
  return file;
}

inline std::shared_ptr<const runtime::Model> random_model(const models::ModelConfig& config,
                                                          uint32_t seed = 1) {
  return std::make_shared<const runtime::Model>(random_model_file(config, seed));
}

// A second of something with structure: a swept tone with noise.
inline std::vector<float> tone(int64_t samples, uint32_t seed) {
  std::vector<float> clip = random_values(samples, seed, 0.02f);
  for (int64_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    clip[i] +=
        static_cast<float>(0.2 * std::sin(2 * 3.14159265358979 * (150.0 + 40.0 * seed + 300.0 * t) * t));
  }
  return clip;
}

// Of an engine that is not kept.
inline std::vector<runtime::ClipScore> score_clips(runtime::Engine&& engine,
                                                   std::span<const std::span<const float>> clips) {
  return runtime::score_clips(engine, clips);
}

}  // namespace serene::test
