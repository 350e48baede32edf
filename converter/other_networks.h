// Networks that serene does not compute, so that a refusal can say what a checkpoint is.
#pragma once

#include <string>

#include "converter/checkpoint.h"

namespace serene::converter {

// The network whose names the tensors have, such as "Whisper"; "" where it is none of those known here.
std::string other_network(const Tensors& tensors);

}  // namespace serene::converter
