// Kernels with one bug each, for the executor to find.
#pragma once

#include "kernels/common/stream.h"

namespace serene::test {

struct BugArgs {
  const float* x;  // (128) all written
  float* y;        // (128)
  float* scratch;  // (128) never written
};

// One block of 64 threads, or as said.
void missing_barrier(const BugArgs& args, const Stream& stream);
void missing_trailing_barrier(const BugArgs& args, const Stream& stream);
void missing_warp_sync(const BugArgs& args, const Stream& stream);
void shared_write_race(const BugArgs& args, const Stream& stream);
void third_reader_race(const BugArgs& args, const Stream& stream);
void atomic_and_plain_race(const BugArgs& args, const Stream& stream);
void global_race(const BugArgs& args, const Stream& stream);
void race_between_blocks(const BugArgs& args, const Stream& stream);
void shared_out_of_bounds(const BugArgs& args, const Stream& stream);
void shared_index_out_of_bounds(const BugArgs& args, const Stream& stream);
void dynamic_shared_out_of_bounds(const BugArgs& args, const Stream& stream);
void global_read_out_of_bounds(const BugArgs& args, const Stream& stream);
void global_write_before(const BugArgs& args, const Stream& stream);
void vector_read_out_of_bounds(const BugArgs& args, const Stream& stream);
void misaligned_vector_read(const BugArgs& args, const Stream& stream);
void uninitialised_shared(const BugArgs& args, const Stream& stream);
void uninitialised_global(const BugArgs& args, const Stream& stream);
void copy_not_waited_for(const BugArgs& args, const Stream& stream);
void wait_after_barrier(const BugArgs& args, const Stream& stream);
void copy_left_behind(const BugArgs& args, const Stream& stream);
void diverged_barrier(const BugArgs& args, const Stream& stream);
void barrier_of_some(const BugArgs& args, const Stream& stream);
void shuffle_of_some(const BugArgs& args, const Stream& stream);
void diverged_warp(const BugArgs& args, const Stream& stream);
void shuffle_from_outside(const BugArgs& args, const Stream& stream);
void mbarrier_without_arrival(const BugArgs& args, const Stream& stream);
void static_shared_too_large(const BugArgs& args, const Stream& stream);

}  // namespace serene::test
