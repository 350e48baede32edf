// The engine's word for a device.
#pragma once

#include "kernels/common/stream.h"
#include "runtime/src/engine.h"

namespace serene::test {

inline runtime::EngineOptions::Choice choice_of(Device device) {
  using Choice = runtime::EngineOptions::Choice;
  return device == Device::cpu ? Choice::cpu : device == Device::cuda ? Choice::cuda : Choice::executor;
}

}  // namespace serene::test
