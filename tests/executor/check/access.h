// What every access of a checked kernel goes through.
#pragma once

#include <cstddef>

#include "tests/executor/check/shadow.h"

namespace serene::executor {

// Fails the running block where the access is outside of what is declared, reads what was never written, or
// races with another. `site` is where in the code, see symbolise.h. Without effect outside of checked
// kernels.
void check_access(const void* address, size_t bytes, Use use, uint32_t site);

// The cp.async into these bytes, announced as Use::copying, has been waited for by `thread`.
void check_landed(const void* address, size_t bytes, uint32_t thread);

}  // namespace serene::executor
