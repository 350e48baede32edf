// What is no file, and writes to the last byte.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace serene::weights {

// What a file of this mode is that is no regular one: "is a FIFO, not a file".
const char* not_a_file(mode_t mode);

// Writes all of it, as far as it goes; 0, or errno where it does not.
int write_in_full(int fd, std::string_view bytes);

}  // namespace serene::weights
