// Who used which word of a memory, and whether two uses were ordered: a race detector by vector clocks.
//
// Every thread of a block has a clock for each thread: how far that thread's past is known to have happened.
// A barrier merges the clocks of those who meet and moves their own on. Two uses of a byte, at least one a
// plain write, are a race unless the later one's clocks know of the earlier. The order in which the fibers
// happened to run does not matter, so one run finds what a thousand random orders may miss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace serene::executor {

enum class Use : uint8_t {
  none,
  read,
  write,
  atomic,
  copying,  // destination of a cp.async that is under way: not ordered with anything, its own thread included
};

struct Access {
  uint32_t clock = 0;
  uint32_t site = 0;  // symbolise.h
  uint16_t thread = 0;
  uint8_t mask = 0;  // which of the word's four bytes
  Use use = Use::none;
};

// One aligned word. Plain writes that count are on different bytes, so there are at most four; reads and
// atomics of many threads spill over into a record with a place for every thread. Eight slots, because a
// tile's word is read once by each of four warps or eight, and a record costs far more than a slot.
struct Cell {
  static constexpr int kSlots = 8;

  uint32_t generation = 0;  // the run of a block that the rest speaks of
  uint32_t spill = 0;       // index + 1 of its Spill
  uint8_t written = 0;      // bytes written in this generation
  uint8_t taken = 0;        // slots that hold something; what the others hold is old
  Access slot[kSlots];
};
static_assert(Cell::kSlots == 8, "a bit each in `taken`");

// Zeroed cells for a memory of so many bytes; pages that are not touched cost nothing.
Cell* map_cells(size_t bytes);
void unmap_cells(Cell* cells, size_t bytes);

class Clocks {
 public:
  void begin_block(uint32_t threads);
  uint32_t own(uint32_t thread) const { return known_[thread * size_t{threads_} + thread]; }
  // What `thread` knows of `other`.
  uint32_t known(uint32_t thread, uint32_t other) const { return known_[thread * size_t{threads_} + other]; }
  uint32_t threads() const { return threads_; }
  // How often all threads of the block have met: what happened before the last time, everyone knows.
  uint32_t meetings() const { return meetings_; }

  // All these threads meet.
  void meet(const std::vector<uint32_t>& members);
  void meet_all();
  // For barriers where one arrives and another waits: what the first knows goes into `board`, then moves on.
  void release(uint32_t thread, std::vector<uint32_t>& board);
  void acquire(uint32_t thread, const std::vector<uint32_t>& board);

 private:
  uint32_t* row(uint32_t thread) { return &known_[thread * size_t{threads_}]; }

  uint32_t threads_ = 0, meetings_ = 0;
  std::vector<uint32_t> known_;  // (threads, threads)
  std::vector<uint32_t> merged_;
};

// Finds races in one block's uses of words, shared or global.
class RaceDetector {
 public:
  void begin_launch();
  void begin_block(uint32_t threads);
  uint32_t generation() const { return generation_; }
  uint32_t launch_begin() const { return launch_begin_; }
  Clocks& clocks() { return clocks_; }

  // A fence means that the kernel passes data between blocks by its own protocol, usually a counter: it is
  // not understood, so races between blocks are no longer looked for in this launch.
  void fence() { fenced_ = true; }

  struct Race {
    Access earlier;
    uint32_t generation;  // of the earlier; another block's where it is not generation()
  };
  // Records the use of the word's bytes in `mask`. `between_blocks`: the word outlives the block, and blocks
  // of a launch are not ordered.
  std::optional<Race> use(Cell& cell, uint32_t thread, uint32_t site, uint8_t mask, Use use,
                          bool between_blocks);
  // The copy into these bytes has landed: from now on it is an ordinary write of its thread.
  void landed(Cell& cell, uint32_t thread, uint8_t mask);

 private:
  struct Spill {
    struct Reader {
      uint32_t clock[4] = {};  // by byte, 0 for never
      uint32_t site = 0;
    };
    struct Uses {
      std::vector<Reader> by_thread;  // empty until the first use
      uint32_t meetings = 0;          // Clocks::meetings() at the latest use
    };
    Uses read, atomic;
  };

  bool ordered(const Access& earlier, uint32_t thread) const;
  Spill& spill_of(Cell& cell);
  void note(Spill::Uses& uses, const Access& access) const;
  // The use, of kind `use`, of these bytes that `thread` does not know of.
  std::optional<Access> find_unordered(const Spill::Uses& uses, uint32_t thread, uint8_t mask, Use use) const;

  // One count for the process: cells of global memory outlive a launch and the OS thread it ran on.
  static uint32_t last_generation_;
  uint32_t generation_ = 0, launch_begin_ = 1;
  bool fenced_ = false;
  Clocks clocks_;
  std::vector<std::unique_ptr<Spill>> spills_;
  uint32_t spills_used_ = 0;
};

}  // namespace serene::executor
