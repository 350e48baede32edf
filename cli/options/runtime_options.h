// The options of commands that look inside the runtime, past its C interface.
#pragma once

#include "cli/options/engine_options.h"
#include "runtime/src/engine.h"

namespace serene::cli {

runtime::EngineOptions runtime_options(const EngineOptions& options);

}  // namespace serene::cli
