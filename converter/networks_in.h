// Which networks a checkpoint has, and how one that has none is refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::converter {

using Formats = std::vector<const networks::NetworkFormat*>;

// Every network that recognises the checkpoint, in the order of their names. Throws Error(model) where none
// does
// (`role`: the one that was looked for), or where config.json is of a class that they do not know.
Formats networks_in(const networks::Checkpoint& checkpoint, std::optional<networks::Role> role);

// The name of the part that a conversion makes of it.
std::string part_name(const networks::NetworkFormat& format);
// "an encoder"
std::string with_article(networks::Role role);
// "cmgan (enhancer), trnet (recogniser)": all that this program computes.
std::string supported_networks();

}  // namespace serene::converter
