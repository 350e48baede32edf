#include "tests/executor/check/shadow.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "kernels/common/error.h"

namespace serene::executor {
namespace {

constexpr uint8_t kAllTaken = 0xFF;

size_t cell_bytes(size_t bytes) { return (bytes / 4 + 2) * sizeof(Cell); }

bool conflict(Use a, Use b) {
  if (a == Use::none || b == Use::none) return false;
  if (a == Use::read && b == Use::read) return false;
  return !(a == Use::atomic && b == Use::atomic);
}

}  // namespace

Cell* map_cells(size_t bytes) {
  void* memory = mmap(nullptr, cell_bytes(bytes), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw Error(ErrorKind::out_of_memory, "executor: no memory for the race detector");
  return static_cast<Cell*>(memory);
}

void unmap_cells(Cell* cells, size_t bytes) { munmap(cells, cell_bytes(bytes)); }

uint32_t RaceDetector::last_generation_ = 0;

void RaceDetector::begin_launch() {
  launch_begin_ = last_generation_ + 1;
  fenced_ = false;
}

void RaceDetector::begin_block(uint32_t threads) {
  generation_ = ++last_generation_;
  clocks_.begin_block(threads);
  spills_used_ = 0;
}

bool RaceDetector::ordered(const Access& earlier, uint32_t thread) const {
  if (earlier.use == Use::copying) return false;
  return earlier.thread == thread || earlier.clock <= clocks_.known(thread, earlier.thread);
}

RaceDetector::Spill& RaceDetector::spill_of(Cell& cell) {
  if (cell.spill == 0) {
    if (spills_used_ == spills_.size()) spills_.push_back(std::make_unique<Spill>());
    Spill& spill = *spills_[spills_used_];
    for (Spill::Uses* uses : {&spill.read, &spill.atomic}) {
      uses->by_thread.clear();
      uses->meetings = 0;
    }
    cell.spill = ++spills_used_;
  }
  return *spills_[cell.spill - 1];
}

void RaceDetector::note(Spill::Uses& uses, const Access& access) const {
  uses.meetings = clocks_.meetings();
  // Few words are both read and used by atomics: each kind has its threads' places when it is first noted.
  if (uses.by_thread.empty()) uses.by_thread.resize(clocks_.threads());
  Spill::Reader& reader = uses.by_thread[access.thread];
  if (access.mask == 0xF) {
    std::fill_n(reader.clock, 4, access.clock);
  } else {
    for (int byte = 0; byte < 4; ++byte) {
      if (access.mask >> byte & 1) reader.clock[byte] = access.clock;
    }
  }
  reader.site = access.site;
}

std::optional<Access> RaceDetector::find_unordered(const Spill::Uses& uses, uint32_t thread, uint8_t mask,
                                                   Use use) const {
  // A barrier of the whole block since then orders them all; looking through its threads costs a tile's
  // every write a thousand comparisons.
  if (uses.meetings < clocks_.meetings()) return std::nullopt;
  const std::vector<Spill::Reader>& readers = uses.by_thread;
  for (uint32_t t = 0; t < readers.size(); ++t) {
    for (int byte = 0; byte < 4; ++byte) {
      const uint32_t clock = readers[t].clock[byte];
      if ((mask >> byte & 1) && clock > clocks_.known(thread, t))
        return Access{clock, readers[t].site, static_cast<uint16_t>(t), mask, use};
    }
  }
  return std::nullopt;
}

std::optional<RaceDetector::Race> RaceDetector::use(Cell& cell, uint32_t thread, uint32_t site, uint8_t mask,
                                                    Use use, bool between_blocks) {
  if (cell.generation != generation_) {
    if (between_blocks && !fenced_ && cell.generation >= launch_begin_) {
      for (uint32_t taken = cell.taken; taken != 0; taken &= taken - 1) {
        const Access& earlier = cell.slot[std::countr_zero(taken)];
        if ((earlier.mask & mask) && conflict(earlier.use, use)) return Race{earlier, cell.generation};
      }
    }
    cell.generation = generation_;
    cell.spill = 0;
    cell.written = cell.taken = 0;
  }
  const bool writes = use == Use::write || use == Use::copying;
  const Access access{clocks_.own(thread), site, static_cast<uint16_t>(thread), mask, use};

  for (uint32_t taken = cell.taken; taken != 0; taken &= taken - 1) {
    const int at = std::countr_zero(taken);
    Access& earlier = cell.slot[at];
    if (!(earlier.mask & mask)) continue;
    const bool known = ordered(earlier, thread);
    if (!known && conflict(earlier.use, use)) return Race{earlier, generation_};
    // What happened before this access, and conflicts with no more than this access does, can be forgotten.
    if (known && (writes || use == earlier.use)) {
      earlier.mask &= static_cast<uint8_t>(~mask);
      if (earlier.mask == 0) cell.taken &= static_cast<uint8_t>(~(1u << at));
    }
  }
  if (cell.spill != 0) {
    Spill& spill = *spills_[cell.spill - 1];
    if (use != Use::read) {
      if (const auto reader = find_unordered(spill.read, thread, mask, Use::read))
        return Race{*reader, generation_};
    }
    if (use != Use::atomic) {
      if (const auto other = find_unordered(spill.atomic, thread, mask, Use::atomic))
        return Race{*other, generation_};
    }
    if (!writes) {
      note(use == Use::read ? spill.read : spill.atomic, access);
      if (use == Use::atomic) cell.written |= mask;
      return std::nullopt;
    }
  }
  if (use != Use::read) cell.written |= mask;
  if (cell.taken == kAllTaken) {
    // Reads and atomics move to a place of their own, by thread. At most four slots hold plain writes, and
    // one that covers the bytes of this access has just been forgotten.
    Spill& spill = spill_of(cell);
    for (int at = 0; at < Cell::kSlots; ++at) {
      const Access& slot = cell.slot[at];
      if (slot.use != Use::read && slot.use != Use::atomic) continue;
      note(slot.use == Use::read ? spill.read : spill.atomic, slot);
      cell.taken &= static_cast<uint8_t>(~(1u << at));
    }
    if (!writes) {
      note(use == Use::read ? spill.read : spill.atomic, access);
      return std::nullopt;
    }
  }
  const int at = std::countr_one(cell.taken);
  cell.slot[at] = access;
  cell.taken |= static_cast<uint8_t>(1u << at);
  return std::nullopt;
}

void RaceDetector::landed(Cell& cell, uint32_t thread, uint8_t mask) {
  if (cell.generation != generation_) return;
  for (uint32_t taken = cell.taken; taken != 0; taken &= taken - 1) {
    Access& slot = cell.slot[std::countr_zero(taken)];
    if (slot.use != Use::copying || slot.thread != thread || !(slot.mask & mask)) continue;
    slot.use = Use::write;
    slot.clock = clocks_.own(thread);
  }
}

}  // namespace serene::executor
