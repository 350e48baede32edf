// mbarrier objects of a block, and the bulk copies that report to them.
//
// A phase ends when the expected number of arrivals and of bytes has come. The state is kept here, by the
// address of the object: what the 64 bits hold is the hardware's secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace serene::executor {

struct TransactionBarrier {
  struct Copy {
    std::byte* to;
    const std::byte* from;
    size_t bytes;
    uint32_t thread;  // that issued it
  };

  const uint64_t* object = nullptr;
  uint32_t expected = 0, missing = 0;  // arrivals per phase, and of this one
  int64_t bytes = 0;                   // announced and not yet copied
  uint32_t phase = 0;                  // number of phases that have ended
  std::vector<Copy> copies;
  std::vector<uint32_t> board, ended_board;  // clocks of those who arrived, in this phase and before
};

class TransactionBarriers {
 public:
  void clear() { barriers_.clear(); }
  // Also anew, which forgets the phases and clocks of the object that was there before.
  TransactionBarrier& init(const uint64_t* object, uint32_t expected) {
    TransactionBarrier* barrier = find(object);
    if (barrier == nullptr) barrier = &barriers_.emplace_back();
    *barrier = TransactionBarrier{};
    barrier->object = object;
    barrier->expected = barrier->missing = expected;
    return *barrier;
  }
  TransactionBarrier* find(const uint64_t* object) {
    for (TransactionBarrier& barrier : barriers_) {
      if (barrier.object == object) return &barrier;
    }
    return nullptr;
  }

 private:
  std::vector<TransactionBarrier> barriers_;
};

}  // namespace serene::executor
