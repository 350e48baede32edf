#include "runtime/src/capi_struct.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "kernels/common/error.h"

namespace serene::capi {
namespace {

// No struct of options comes near it: a greater size was never set, and its bytes must not be read.
constexpr size_t kGreatestSize = 4096;

}  // namespace

void copy_callers_struct(const void* given, size_t first_size, size_t alignment, const char* what,
                         void* known, size_t known_size) {
  uint32_t size = 0;
  std::memcpy(&size, given, sizeof(size));
  if (size < first_size || size > kGreatestSize || size % alignment != 0) {
    throw Error(ErrorKind::invalid_argument, std::string(what) + ".struct_size is " + std::to_string(size) +
                                                 ", expected the struct's sizeof, " +
                                                 std::to_string(known_size) + " in this release");
  }
  const auto* bytes = static_cast<const unsigned char*>(given);
  const auto* end = bytes + size;
  const auto* unknown = bytes + std::min<size_t>(size, known_size);
  if (std::any_of(unknown, end, [](unsigned char byte) { return byte != 0; })) {
    throw Error(ErrorKind::unsupported,
                std::string(what) + " uses a member that this release of the library does not have");
  }
  std::memcpy(known, given, static_cast<size_t>(unknown - bytes));
}

}  // namespace serene::capi
