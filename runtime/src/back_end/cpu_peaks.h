// What this machine's cores can do at the most, found by trying.
#pragma once

#include "kernels/common/precision.h"
#include "kernels/common/thread_pool.h"
#include "runtime/src/back_end/facts.h"

namespace serene::runtime {

// Multiply-adds of that precision in registers on every thread of the pool, and a + s b over arrays beyond
// any cache: the best of several tries, within half a second or so. Takes up to 400 MB for that time.
Peaks measure_peaks(ThreadPool& pool, Precision precision);

}  // namespace serene::runtime
