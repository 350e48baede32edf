#include "runtime/src/last_error.h"

#include <exception>

#include "weights/printable.h"

namespace serene::runtime {
namespace {

// Not a std::string, which registers its destructor at its first use on a thread: glibc ends the process
// where it has no memory for that.
constinit thread_local char last[weights::kLongestPrintable + 4] = "";

}  // namespace

void prepare_thread() noexcept {
  last[sizeof(last) - 1] = '\0';
  [[maybe_unused]] const volatile int exceptions =
      std::uncaught_exceptions();  // volatile: else the call is left out
}

void set_last_error(const char* text) noexcept { weights::printable_into(last, text); }

const char* last_error() noexcept { return last; }

}  // namespace serene::runtime
