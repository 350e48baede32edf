// The spellings that checkpoints have of this network's tensors: transformers' and fairseq's, with a prefix
// or without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/networks/common/checkpoint.h"

namespace serene::networks {

// What begins the names of the encoder's tensors ("hubert.", "ssl_model.", ""); nothing where there is none.
std::optional<std::string> encoder_prefix(const weights::StoredTensors& tensors);

bool is_fairseq(const weights::StoredTensors& tensors, const std::string& prefix);

// Tensors of the encoder as transformers calls them in a bare encoder, the parts of a weight norm as weight_g
// and weight_v; others as they are called.
weights::StoredTensors renamed(const weights::StoredTensors& tensors, const std::string& prefix,
                               bool fairseq);

}  // namespace serene::networks
