#include "runtime/src/last_error.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string_view>

#include "weights/refuse.h"

namespace serene::runtime {
namespace {

constexpr char kCut[] = "...";
// Not a std::string, which registers its destructor at its first use on a thread: glibc ends the process
// where it has no memory for that.
constinit thread_local char last[weights::kLongestPrintable + sizeof(kCut)] = "";

}  // namespace

void prepare_thread() noexcept {
  last[sizeof(last) - 1] = '\0';
  [[maybe_unused]] const volatile int exceptions =
      std::uncaught_exceptions();  // volatile: else the call is left out
}

void set_last_error(const char* text) noexcept {
  const std::string_view whole(text);
  const std::string_view shown = whole.substr(0, weights::printable_size(whole));
  char* end = std::replace_copy_if(shown.begin(), shown.end(), last, weights::is_control, '?');
  std::strcpy(end, shown.size() < whole.size() ? kCut : "");
}

const char* last_error() noexcept { return last; }

}  // namespace serene::runtime
