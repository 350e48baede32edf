// Networks that serene does not compute, so that a refusal can say what a checkpoint is.
#pragma once

#include <string>

#include "weights/stored_tensor.h"

namespace serene::converter {

// The network whose names the tensors have, such as "Whisper"; "" where it is none of those known here.
std::string other_network(const weights::StoredTensors& tensors);

}  // namespace serene::converter
