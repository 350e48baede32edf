// The command line as a function.
#pragma once

namespace serene::cli {

// Exit code; exit_codes.h.
int run(int argc, const char* const* argv);

}  // namespace serene::cli
