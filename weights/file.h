// Whole files: reads that no special file can block or blow up, writes that nobody sees half of.
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

// A descriptor to write what shall be at `path` once it is whole: of a file in its folder with a name that
// nobody had, put into `temporary`. Unlike mkstemp's it may be read by whom the umask says, and its name does
// not hold that of `path`, which may be as long as a name can be. -1 and errno where there is none.
int open_temporary(const std::string& path, std::string& temporary);

}  // namespace serene::weights
