// What benches of whole networks are told on the command line.
#pragma once

#include <string>

#include "runtime/src/engine.h"

namespace serene::bench {

// Of the names cpu, cuda, executor and fp32, tf32, bf16.
inline runtime::EngineOptions engine_options(const std::string& device, const std::string& precision,
                                             int threads) {
  using Choice = runtime::EngineOptions::Choice;
  runtime::EngineOptions options;
  options.threads = threads;
  options.device = device == "cpu" ? Choice::cpu : device == "cuda" ? Choice::cuda : Choice::executor;
  options.precision = precision == "tf32"   ? Precision::tf32
                      : precision == "bf16" ? Precision::bf16
                                            : Precision::fp32;
  return options;
}

}  // namespace serene::bench
