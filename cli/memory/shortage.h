// Too little memory as a reason to end a run in order.
#pragma once

#include <new>
#include <utility>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/memory/reserve.h"

namespace serene::cli {

// Throws Stop(kExitMemory) while the reserve is half used up: what is left is for the end.
inline void end_if_memory_is_low() {
  if (reserve.is_low()) throw Stop(kExitMemory, "out of memory");
}

// Throws Stop(kExitMemory) where `body` runs out of memory.
template <class Body>
auto stopped_by_shortage(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    throw Stop(kExitMemory, "out of memory");
  }
}

}  // namespace serene::cli
