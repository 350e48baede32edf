// A PyTorch or safetensors checkpoint, whichever way it was saved.
#pragma once

#include "runtime/networks/common/checkpoint.h"
#include "weights/byte_source.h"

namespace serene::converter {

// Of a file: torch zip archives, the format before PyTorch 1.6, and safetensors; state_dicts, also below
// `model`, `state_dict`, `generator` or `model_state_dict`, and whole pickled modules. Prefixes `module.` and
// `_orig_mod.` are taken off. Nothing in the file is run, and a tensor is read when its values are asked for
// (but for the format before PyTorch 1.6). Throws Error(model) "<name>: <entry or tensor>: <cause>".
networks::Checkpoint read_checkpoint(const weights::Source& source);
// Of a file or of a folder (converter/folder.h).
networks::Checkpoint read_checkpoint(const std::string& path);

}  // namespace serene::converter
