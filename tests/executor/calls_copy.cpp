// cp.async, mbarriers and bulk copies. What is copied lands when the kernel can no longer do without it.
#include <cstring>

#include "tests/executor/block.h"
#include "tests/executor/calls.h"
#include "tests/executor/check/access.h"
#include "tests/executor/check/symbolise.h"

namespace serene::executor {
namespace {

void check_addresses(Block& block, const char* what, const void* shared, const void* global, uint32_t align) {
  const auto to = reinterpret_cast<uintptr_t>(shared), from = reinterpret_cast<uintptr_t>(global);
  if (!block.shared().contains(to) || block.shared().contains(from))
    block.fail_here(std::string("gives ") + what + " addresses that are not shared and global");
  if (to % align != 0 || from % align != 0) {
    block.fail_here(std::string("gives ") + what + " addresses that are not aligned to " +
                    std::to_string(align) + " bytes");
  }
}

TransactionBarrier& barrier_at(Block& block, const uint64_t* object) {
  TransactionBarrier* barrier = block.transaction_barriers().find(object);
  if (barrier == nullptr) block.fail_here("uses an mbarrier that was not initialised");
  return *barrier;
}

void end_phase_if_complete(TransactionBarrier& barrier) {
  if (barrier.missing != 0 || barrier.bytes != 0) return;
  ++barrier.phase;
  barrier.missing = barrier.expected;
  barrier.ended_board = barrier.board;
}

struct PhaseWait {
  uint64_t* object;
  uint32_t parity;
};

bool phase_ended(const TransactionBarrier& barrier, uint32_t parity) {
  // Phases 0, 2, 4 have parity 0: the one with this parity has ended when the current one has the other.
  return (barrier.phase & 1) != parity;
}

// Asked when no thread can run: the copies land at last.
bool ready_to_pass(Block& block, void* state) {
  const auto& wait = *static_cast<const PhaseWait*>(state);
  TransactionBarrier& barrier = *block.transaction_barriers().find(wait.object);
  if (phase_ended(barrier, wait.parity)) return true;
  for (const TransactionBarrier::Copy& copy : barrier.copies) {
    std::memcpy(copy.to, copy.from, copy.bytes);
    check_landed(copy.to, copy.bytes, copy.thread);
    if (block.checked()) block.races().clocks().release(copy.thread, barrier.board);
    barrier.bytes -= static_cast<int64_t>(copy.bytes);
  }
  barrier.copies.clear();
  end_phase_if_complete(barrier);
  return phase_ended(barrier, wait.parity);
}

}  // namespace

void copy_async(void* shared, const void* global, uint32_t bytes, uint32_t valid) {
  Block* block = Block::current();
  const uint32_t site = site_of(__builtin_return_address(0));
  if (valid > bytes) {
    block->fail_here("gives cp.async of " + std::to_string(bytes) + " bytes " + std::to_string(valid) +
                     " to copy");
  }
  check_addresses(*block, "cp.async", shared, global, bytes);
  check_access(global, valid, Use::read, site);
  check_access(shared, bytes, Use::copying, site);
  block->copies().add({static_cast<std::byte*>(shared), static_cast<const std::byte*>(global), bytes, valid});
}

void copy_async_commit() { Block::current()->copies().commit(); }

void copy_async_wait(uint32_t groups_in_flight) {
  Block* block = Block::current();
  block->copies().wait(groups_in_flight, [&](const AsyncCopies::Copy& copy) {
    std::memcpy(copy.to, copy.from, copy.valid);
    std::memset(copy.to + copy.valid, 0, copy.bytes - copy.valid);
    check_landed(copy.to, copy.bytes, block->thread());
  });
}

void barrier_init(uint64_t* object, uint32_t arrivals) {
  Block* block = Block::current();
  check_access(object, sizeof *object, Use::write, site_of(__builtin_return_address(0)));
  if (!block->shared().contains(reinterpret_cast<uintptr_t>(object)))
    block->fail_here("initialises an mbarrier that is not in shared memory");
  if (arrivals < 1) block->fail_here("initialises an mbarrier for no arrivals");
  block->transaction_barriers().init(object, arrivals);
}

void barrier_arrive(uint64_t* object) {
  Block* block = Block::current();
  check_access(object, sizeof *object, Use::atomic, site_of(__builtin_return_address(0)));
  TransactionBarrier& barrier = barrier_at(*block, object);
  if (barrier.missing == 0) block->fail_here("arrives at an mbarrier once more than the phase expects");
  --barrier.missing;
  if (block->checked()) block->races().clocks().release(block->thread(), barrier.board);
  end_phase_if_complete(barrier);
}

void barrier_expect_bytes(uint64_t* object, uint32_t bytes) {
  Block* block = Block::current();
  check_access(object, sizeof *object, Use::atomic, site_of(__builtin_return_address(0)));
  barrier_at(*block, object).bytes += bytes;
}

void barrier_wait(uint64_t* object, uint32_t parity, Where where) {
  Block* block = Block::current();
  check_access(object, sizeof *object, Use::atomic, site_of(__builtin_return_address(0)));
  PhaseWait wait{object, parity};
  if (!phase_ended(barrier_at(*block, object), parity))
    block->wait_until("mbarrier_wait", where, ready_to_pass, &wait);
  if (block->checked())
    block->races().clocks().acquire(block->thread(), barrier_at(*block, object).ended_board);
}

void bulk_copy(void* shared, const void* global, uint32_t bytes, uint64_t* object) {
  Block* block = Block::current();
  const uint32_t site = site_of(__builtin_return_address(0));
  TransactionBarrier& barrier = barrier_at(*block, object);
  check_addresses(*block, "a bulk copy", shared, global, 16);
  if (bytes % 16 != 0) block->fail_here("gives a bulk copy " + std::to_string(bytes) + " bytes, not 16 n");
  check_access(global, bytes, Use::read, site);
  check_access(shared, bytes, Use::copying, site);
  barrier.copies.push_back(
      {static_cast<std::byte*>(shared), static_cast<const std::byte*>(global), bytes, block->thread()});
}

}  // namespace serene::executor
