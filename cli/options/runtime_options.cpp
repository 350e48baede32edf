#include "cli/options/runtime_options.h"

namespace serene::cli {

runtime::EngineOptions runtime_options(const EngineOptions& options) {
  runtime::EngineOptions engine;
  const auto [device, index] = device_of(options.device);
  // The values are those of serene.h.
  engine.device = static_cast<runtime::EngineOptions::Choice>(device);
  engine.device_index = index;
  engine.precision = static_cast<Precision>(precision_of(options.precision));
  engine.threads = options.threads;
  return engine;
}

}  // namespace serene::cli
