// Threads that the system may have no room for.
#pragma once

#include <string>
#include <system_error>
#include <utility>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {

// What `start` gives. Throws Stop(kExitDevice) "cannot start a thread that <does>: ..." where it cannot.
template <class Start>
auto start_thread(const char* does, Start&& start) {
  try {
    return std::forward<Start>(start)();
  } catch (const std::system_error& error) {
    throw Stop(kExitDevice,
               std::string("cannot start a thread that ") + does + ": " + error.code().message());
  }
}

}  // namespace serene::cli
