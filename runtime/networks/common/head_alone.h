// A run of a head alone, on rows (B, T, H) that a caller has, as its input "x".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/networks/common/network.h"

namespace serene::runtime {

// (B, size) of each output. Throws Error(invalid_argument) where x has another width, or no row.
std::map<std::string, std::vector<int64_t>> head_result_shapes(const networks::HeadConfig& config,
                                                               const ValuesByName& inputs);

// The head of that configuration, to all of its outputs.
void run_head_alone(const Head& head, const networks::HeadConfig& config, const Pass& pass,
                    const Ports& inputs, const Ports& results);

}  // namespace serene::runtime
