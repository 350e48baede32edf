#include "kernels/common/executor/check/shadow.h"

#include <sys/mman.h>

#include "kernels/common/error.h"

namespace serene::executor {
namespace {

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
  for (int byte = 0; byte < 4; ++byte) {
    if (access.mask >> byte & 1) reader.clock[byte] = access.clock;
  }
  reader.site = access.site;
}

std::optional<Access> RaceDetector::find_unordered(const Spill::Uses& uses, const Access& access,
                                                   Use use) const {
  // A barrier of the whole block since then orders them all; looking through its threads costs a tile's
  // every write a thousand comparisons.
  if (uses.meetings < clocks_.meetings()) return std::nullopt;
  const std::vector<Spill::Reader>& readers = uses.by_thread;
  for (uint32_t t = 0; t < readers.size(); ++t) {
    for (int byte = 0; byte < 4; ++byte) {
      const uint32_t clock = readers[t].clock[byte];
      if ((access.mask >> byte & 1) && clock > clocks_.known(access.thread, t)) {
        return Access{clock, readers[t].site, static_cast<uint16_t>(t), access.mask, use};
      }
    }
  }
  return std::nullopt;
}

std::optional<RaceDetector::Race> RaceDetector::use(Cell& cell, Access access, bool between_blocks) {
  if (cell.generation != generation_) {
    if (between_blocks && !fenced_ && cell.generation >= launch_begin_) {
      for (const Access& earlier : cell.slot) {
        if ((earlier.mask & access.mask) && conflict(earlier.use, access.use))
          return Race{earlier, cell.generation};
      }
    }
    cell = Cell{};
    cell.generation = generation_;
  }
  access.clock = clocks_.own(access.thread);

  for (Access& earlier : cell.slot) {
    if (!(earlier.mask & access.mask)) continue;
    const bool known = ordered(earlier, access.thread);
    if (!known && conflict(earlier.use, access.use)) return Race{earlier, generation_};
    // What happened before this access, and conflicts with no more than this access does, can be forgotten.
    if (known && (access.use == Use::write || access.use == Use::copying || access.use == earlier.use)) {
      earlier.mask &= static_cast<uint8_t>(~access.mask);
      if (earlier.mask == 0) earlier = Access{};
    }
  }
  const bool writes = access.use == Use::write || access.use == Use::copying;
  if (cell.spill != 0) {
    Spill& spill = *spills_[cell.spill - 1];
    if (access.use != Use::read) {
      if (const auto reader = find_unordered(spill.read, access, Use::read))
        return Race{*reader, generation_};
    }
    if (access.use != Use::atomic) {
      if (const auto other = find_unordered(spill.atomic, access, Use::atomic))
        return Race{*other, generation_};
    }
    if (access.use == Use::read || access.use == Use::atomic) {
      note(access.use == Use::read ? spill.read : spill.atomic, access);
      if (access.use == Use::atomic) cell.written |= access.mask;
      return std::nullopt;
    }
  }
  if (access.use != Use::read) cell.written |= access.mask;
  for (Access& slot : cell.slot) {
    if (slot.use == Use::none) {
      slot = access;
      return std::nullopt;
    }
  }
  // Full: reads and atomics move to a place of their own, by thread. At most four slots hold plain writes,
  // and one that covers the bytes of this access has just been forgotten.
  Spill& spill = spill_of(cell);
  for (Access& slot : cell.slot) {
    if (slot.use != Use::read && slot.use != Use::atomic) continue;
    note(slot.use == Use::read ? spill.read : spill.atomic, slot);
    slot = Access{};
  }
  if (!writes) {
    note(access.use == Use::read ? spill.read : spill.atomic, access);
    return std::nullopt;
  }
  for (Access& slot : cell.slot) {
    if (slot.use != Use::none) continue;
    slot = access;
    break;
  }
  return std::nullopt;
}

void RaceDetector::landed(Cell& cell, uint32_t thread, uint8_t mask) {
  if (cell.generation != generation_) return;
  for (Access& slot : cell.slot) {
    if (slot.use != Use::copying || slot.thread != thread || !(slot.mask & mask)) continue;
    slot.use = Use::write;
    slot.clock = clocks_.own(thread);
  }
}

}  // namespace serene::executor
