// From an unpickled checkpoint to its tensors and what it says besides them.
#pragma once

#include "converter/storages.h"
#include "runtime/networks/common/checkpoint.h"
#include "weights/byte_source.h"

namespace serene::converter {

// The tensors of the state_dict or module in `root`; OpenAI's `dims` of Whisper become the configuration
// {"dims": {...}}. Throws Error(model).
networks::Checkpoint checkpoint_of(const Value& root, Storages& storages, const weights::ByteSource& source);

}  // namespace serene::converter
