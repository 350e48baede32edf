// What an input's rows depend on, as a fingerprint for the journal.
#pragma once

#include "cli/inputs.h"

namespace serene::cli {

// Of path, size and time of change of the file, segment, channels, and what a manifest says of it. A file
// that cannot be looked at has a key, too, which changes once it can.
Fingerprint input_key(const Input& input);

}  // namespace serene::cli
