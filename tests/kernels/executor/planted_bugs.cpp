#include "tests/kernels/executor/planted_bugs.h"

#include "tests/kernels/executor/planted_bugs.cuh"

namespace serene::test {

void missing_barrier(const BugArgs& args, const Stream& stream) {
  gpu::launch(missing_barrier_kernel, 1, 64, 0, stream, args.x, args.y);
}

void missing_trailing_barrier(const BugArgs& args, const Stream& stream) {
  gpu::launch(missing_trailing_barrier_kernel, 1, 64, 0, stream, args.x, args.y);
}

void missing_warp_sync(const BugArgs& args, const Stream& stream) {
  gpu::launch(missing_warp_sync_kernel, 1, 32, 0, stream, args.x, args.y);
}

void shared_write_race(const BugArgs& args, const Stream& stream) {
  gpu::launch(shared_write_race_kernel, 1, 64, 0, stream, args.x, args.y);
}

void third_reader_race(const BugArgs& args, const Stream& stream) {
  gpu::launch(third_reader_race_kernel, 1, 64, 0, stream, args.x, args.y);
}

void atomic_and_plain_race(const BugArgs& args, const Stream& stream) {
  gpu::launch(atomic_and_plain_race_kernel, 1, 64, 0, stream, args.x, args.y);
}

void global_race(const BugArgs& args, const Stream& stream) {
  gpu::launch(global_race_kernel, 1, 64, 0, stream, args.x, args.y);
}

void race_between_blocks(const BugArgs& args, const Stream& stream) {
  gpu::launch(race_between_blocks_kernel, 4, 32, 0, stream, args.x, args.y);
}

void shared_out_of_bounds(const BugArgs& args, const Stream& stream) {
  gpu::launch(shared_out_of_bounds_kernel, 1, 64, 0, stream, args.x, args.y);
}

void shared_index_out_of_bounds(const BugArgs& args, const Stream& stream) {
  gpu::launch(shared_index_out_of_bounds_kernel, 1, 64, 0, stream, args.x, args.y, 8);
}

void dynamic_shared_out_of_bounds(const BugArgs& args, const Stream& stream) {
  gpu::launch(dynamic_shared_out_of_bounds_kernel, 1, 64, 64 * sizeof(float), stream, args.x, args.y);
}

void global_read_out_of_bounds(const BugArgs& args, const Stream& stream) {
  gpu::launch(global_read_out_of_bounds_kernel, 1, 64, 0, stream, args.x, args.y);
}

void global_write_before(const BugArgs& args, const Stream& stream) {
  gpu::launch(global_write_before_kernel, 1, 64, 0, stream, args.x, args.y);
}

void vector_read_out_of_bounds(const BugArgs& args, const Stream& stream) {
  gpu::launch(vector_read_out_of_bounds_kernel, 1, 64, 0, stream, args.x, args.y);
}

void misaligned_vector_read(const BugArgs& args, const Stream& stream) {
  gpu::launch(misaligned_vector_read_kernel, 1, 64, 0, stream, args.x, args.y);
}

void uninitialised_shared(const BugArgs& args, const Stream& stream) {
  gpu::launch(uninitialised_shared_kernel, 1, 64, 0, stream, args.x, args.y);
}

void uninitialised_global(const BugArgs& args, const Stream& stream) {
  gpu::launch(uninitialised_global_kernel, 1, 64, 0, stream, args.x, args.y, args.scratch);
}

void copy_not_waited_for(const BugArgs& args, const Stream& stream) {
  gpu::launch(copy_not_waited_for_kernel, 1, 64, 0, stream, args.x, args.y);
}

void wait_after_barrier(const BugArgs& args, const Stream& stream) {
  gpu::launch(wait_after_barrier_kernel, 1, 64, 0, stream, args.x, args.y);
}

void copy_left_behind(const BugArgs& args, const Stream& stream) {
  gpu::launch(copy_left_behind_kernel, 1, 64, 0, stream, args.x, args.y);
}

void diverged_barrier(const BugArgs& args, const Stream& stream) {
  gpu::launch(diverged_barrier_kernel, 1, 64, 0, stream, args.x, args.y);
}

void barrier_of_some(const BugArgs& args, const Stream& stream) {
  gpu::launch(barrier_of_some_kernel, 1, 64, 0, stream, args.x, args.y);
}

void shuffle_of_some(const BugArgs& args, const Stream& stream) {
  gpu::launch(shuffle_of_some_kernel, 1, 64, 0, stream, args.x, args.y);
}

void diverged_warp(const BugArgs& args, const Stream& stream) {
  gpu::launch(diverged_warp_kernel, 1, 64, 0, stream, args.x, args.y);
}

void shuffle_from_outside(const BugArgs& args, const Stream& stream) {
  gpu::launch(shuffle_from_outside_kernel, 1, 64, 0, stream, args.x, args.y);
}

void mbarrier_without_arrival(const BugArgs& args, const Stream& stream) {
  gpu::launch(mbarrier_without_arrival_kernel, 1, 64, 0, stream, args.x, args.y);
}

void static_shared_too_large(const BugArgs& args, const Stream& stream) {
  gpu::launch(static_shared_too_large_kernel, 1, 64, 0, stream, args.x, args.y);
}

}  // namespace serene::test
