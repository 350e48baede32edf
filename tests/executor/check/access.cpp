#include "tests/executor/check/access.h"

#include <algorithm>

#include "tests/executor/block.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/memory.h"

namespace serene::executor {
namespace {

const char* verb(Use use) {
  switch (use) {
    case Use::read:
      return "read";
    case Use::write:
      return "write";
    case Use::atomic:
      return "atomic update";
    case Use::copying:
      return "cp.async that was not waited for";
    case Use::none:
      break;
  }
  return "?";
}

bool reads(Use use) { return use == Use::read || use == Use::atomic; }

// The place an access is in, shared or global, in the same terms.
struct Target {
  const char* kind;  // "shared", "global"
  uintptr_t begin = 0;
  size_t bytes = 0;  // from begin
  Cell* cells = nullptr;
  Region* region = nullptr;

  std::string describe(Block& block, uintptr_t address) const {
    return region != nullptr ? Regions::describe(*region, address)
                             : block.shared().describe(block.shared().offset(address));
  }
};

std::string text_of(const Target& target, size_t bytes, Use use) {
  return std::string(target.kind) + " " + verb(use) + " of " + std::to_string(bytes) + " bytes";
}

[[noreturn]] void report_race(Block& block, const Target& target, uintptr_t word, const Access& mine,
                              const RaceDetector::Race& race) {
  const uint8_t both = mine.mask & race.earlier.mask;
  const int byte = both == 0 ? 0 : __builtin_ctz(both);
  const bool within = race.generation == block.races().generation();
  const auto who = [&](const Access& access, uint32_t generation) {
    return std::string(verb(access.use)) + " by " + block.thread_text(access.thread) +
           (within ? std::string() : " of " + block.block_text(generation)) + " at " + site_text(access.site);
  };
  block.fail(std::string(target.kind) + " race" + (within ? "" : " between blocks") + " on " +
             target.describe(block, word + byte) + ": " + who(race.earlier, race.generation) + ", then " +
             who(mine, block.races().generation()) + ", and nothing orders them");
}

// Which of a word's bytes lie in [address, end).
uint8_t mask_of(uintptr_t word, uintptr_t address, uintptr_t end) {
  const int first = address > word ? static_cast<int>(address - word) : 0;
  const int last = end - word < 4 ? static_cast<int>(end - word) : 4;
  return static_cast<uint8_t>((1 << last) - (1 << first));
}

// Global memory keeps from launch to launch what has been written.
void check_written(Block& block, const Target& target, uintptr_t address, size_t bytes, Use use,
                   uint32_t site) {
  std::vector<uint8_t>& written = target.region->written;
  if (written.empty()) return;
  const size_t at = address - target.begin;
  if (reads(use)) {
    for (size_t i = 0; i < bytes; ++i) {
      if (!written[at + i]) {
        block.fail_here("makes an uninitialised " + text_of(target, bytes, use) + " at " + site_text(site) +
                        ": nothing was written to " + target.describe(block, address + i));
      }
    }
  }
  if (use != Use::read) std::fill_n(written.begin() + static_cast<std::ptrdiff_t>(at), bytes, uint8_t{1});
}

bool find_target(Block& block, uintptr_t address, size_t bytes, Use use, uint32_t site, Target& target) {
  if (block.shared().contains(address)) {
    target.kind = "shared";
    const SharedMemory::Array* array = block.shared().find(block.shared().offset(address));
    target.begin = address - block.shared().offset(address);
    target.cells = block.shared_cells();
    if (array == nullptr || block.shared().offset(address) + bytes > array->begin + array->bytes) {
      const uintptr_t bad = array == nullptr ? address : target.begin + array->begin + array->bytes;
      block.fail_here("makes an out-of-bounds " + text_of(target, bytes, use) + " at " + site_text(site) +
                      ": " + target.describe(block, bad));
    }
    target.bytes = SharedMemory::kArena;
    return true;
  }
  target.region = Regions::all().find(address);
  if (target.region == nullptr) return false;
  target.kind = "global";
  target.begin = target.region->begin;
  target.bytes = target.region->bytes;
  if (target.region->cells == nullptr) target.region->cells = map_cells(target.region->bytes);
  target.cells = target.region->cells;
  if (address < target.begin || address - target.begin + bytes > target.bytes) {
    const uintptr_t bad = address < target.begin ? address : std::max(address, target.begin + target.bytes);
    block.fail_here("makes an out-of-bounds " + text_of(target, bytes, use) + " at " + site_text(site) +
                    ": " + target.describe(block, bad));
  }
  return true;
}

}  // namespace

void check_access(const void* pointer, size_t bytes, Use use, uint32_t site) {
  Block* block = Block::current();
  if (block == nullptr || !block->checked() || bytes == 0) return;
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  Target target;
  if (!find_target(*block, address, bytes, use, site, target)) {
    if (block->stack_owner(address) == 2) {
      block->fail_here(std::string("makes a ") + verb(use) + " in another thread's local memory at " +
                       site_text(site));
    }
    return;
  }
  const bool shared = target.region == nullptr;
  if (!shared) check_written(*block, target, address, bytes, use, site);
  RaceDetector& races = block->races();
  const uintptr_t end = address + bytes;
  for (uintptr_t word = address & ~uintptr_t{3}; word < end; word += 4) {
    Cell& cell = target.cells[(word - (target.begin & ~uintptr_t{3})) / 4];
    const uint8_t mask = mask_of(word, address, end);
    if (shared && reads(use)) {
      const int missing = mask & ~(cell.generation == races.generation() ? cell.written : 0);
      if (missing != 0) {
        block->fail_here("makes an uninitialised " + text_of(target, bytes, use) + " at " + site_text(site) +
                         ": nothing was written to " +
                         target.describe(*block, word + static_cast<uintptr_t>(__builtin_ctz(missing))));
      }
    }
    if (const auto race = races.use(cell, block->thread(), site, mask, use, !shared)) {
      const Access mine{0, site, static_cast<uint16_t>(block->thread()), mask, use};
      report_race(*block, target, word, mine, *race);
    }
  }
}

void check_landed(const void* pointer, size_t bytes, uint32_t thread) {
  Block* block = Block::current();
  if (block == nullptr || !block->checked()) return;
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  if (!block->shared().contains(address)) return;
  const size_t offset = block->shared().offset(address);
  for (size_t at = offset & ~size_t{3}; at < offset + bytes; at += 4) {
    const uint8_t mask = mask_of(at, offset, offset + bytes);
    block->races().landed(block->shared_cells()[at / 4], thread, mask);
  }
}

}  // namespace serene::executor
