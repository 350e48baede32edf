// Options that name a file to write.
#pragma once

namespace CLI {
class Validator;
}

namespace serene::cli {

// Refuses "", as a shell makes it of a variable that is not set: it must not mean that there is no such
// option.
CLI::Validator names_a_file();

}  // namespace serene::cli
