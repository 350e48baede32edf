// Structs of the C interface that begin with struct_size: later releases append members to them.
#pragma once

#include <cstddef>

namespace serene::capi {

// Copies the caller's struct, whose size may be that of any release, into `known`, which is this release's.
// Members that the caller's release did not have are zero, which is the default of every member.
// `first_size` is the struct's size in the first release, `alignment` that of its members: no release has a
// size between two multiples of it. `what` begins the message.
//
// Throws Error(invalid_argument) where no release has such a size, and Error(unsupported) where a longer
// struct asks for something, with bytes that are not zero, that this release does not know.
void copy_callers_struct(const void* given, size_t first_size, size_t alignment, const char* what,
                         void* known, size_t known_size);

template <class Struct>
Struct callers_struct(const Struct* given, size_t first_size, const char* what) {
  Struct known{};
  copy_callers_struct(given, first_size, alignof(Struct), what, &known, sizeof(known));
  return known;
}

}  // namespace serene::capi
