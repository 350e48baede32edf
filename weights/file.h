// Whole files: reads that no special file can block or blow up, writes to the last byte.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace serene::weights {

// Reads a regular file into memory: opened non-blocking, checked by fstat, so that a FIFO, directory, device
// or symlink loop gives an error at once, and a file that shrinks meanwhile gives "truncated while reading"
// (never a SIGBUS: no mmap). One that grows is read up to the size it had. Nothing above 4 GiB. Throws
// Error(model) "<path>: <cause>".
std::vector<std::byte> read_file(const std::string& path);

// What a file of this mode is that is no regular one: "is a FIFO, not a file".
const char* not_a_file(mode_t mode);

// Writes all of it, as far as it goes; 0, or errno where it does not.
int write_in_full(int fd, std::string_view bytes);

}  // namespace serene::weights
