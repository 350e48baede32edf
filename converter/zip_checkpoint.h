// The zip archives of torch.save since PyTorch 1.6.
#pragma once

#include "runtime/networks/common/checkpoint.h"
#include "weights/byte_source.h"

namespace serene::converter {

// Its tensors are read from the source when they are asked for. Throws Error(model).
networks::Checkpoint read_zip_checkpoint(const weights::Source& source);

}  // namespace serene::converter
