#pragma once

#include "runtime/models/common/wiring.h"

namespace serene::runtime {

std::unique_ptr<Wiring> make_nrser_model(const models::ModelConfig& config, const Parts& parts);

}  // namespace serene::runtime
