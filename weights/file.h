// Whole-file reads that no special file can block or blow up.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace serene::weights {

// Reads a regular file into memory: opened non-blocking, checked by fstat, so that a FIFO, directory, device
// or symlink loop gives an error at once, and a file that shrinks meanwhile gives "truncated while reading"
// (never a SIGBUS: no mmap). One that grows is read up to the size it had. Nothing above 4 GiB. Throws
// Error(model) "<path>: <cause>".
std::vector<std::byte> read_file(const std::string& path);

}  // namespace serene::weights
