// What is in a FLAC file after the sound that it declares.
#pragma once

#include <cstdint>

#include "cli/audio/source_file.h"

namespace serene::cli {

// Whether sound follows on the samples that the header declares: frames beyond them, or another stream.
// `read` is how far a decoder that has given them all has read, which looks ahead by kilobytes. Looks at
// 4 MB from there at most.
bool flac_goes_on(const SourceFile& file, int64_t read);

}  // namespace serene::cli
