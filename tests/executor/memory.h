// The memory the executor knows about: what a kernel may touch, and what has been written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace serene::executor {

struct Cell;

// A piece of global memory with a band before and after it that nothing may touch.
struct Region {
  static constexpr size_t kBand = 256;

  Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  std::string name;
  uintptr_t begin = 0;
  size_t bytes = 0;
  std::vector<uint8_t> written;  // per byte; empty where all counts as written
  Cell* cells = nullptr;  // per 4 bytes: who used them in this launch (check/shadow.h); made when first used
  bool banded = false;    // the bands hold a pattern, to be looked at after a launch

  ~Region();
  bool near(uintptr_t address) const { return address - (begin - kBand) < bytes + 2 * kBand; }
};

// All regions of the process. Registering is safe from any thread, as long as no kernel runs.
class Regions {
 public:
  static Regions& all();
  // Whether this thread is in add() or remove(), which allocate themselves: such blocks stay unknown.
  static bool busy();

  // `begin` is where the data start, kBand bytes after the start of the band.
  Region& add(std::string name, std::byte* begin, size_t bytes, bool written);
  void remove(const std::byte* begin);
  // The region an address lies in, bands counted in; null for memory that is not ours.
  Region* find(uintptr_t address) {
    // The kernel's arguments, on the launching thread's stack, lie above them all.
    if (address < lowest_ || address >= highest_) return nullptr;
    Region*& found = found_[address / 4096 % 64];
    if (found == nullptr || !found->near(address)) found = look_up(address);
    return found;
  }
  // "12 bytes past the end of buffer 'y' (64 bytes)"
  static std::string describe(const Region& region, uintptr_t address);
  // Text of the first band that was written to, or nothing.
  std::string damaged_band() const;

 private:
  Region* look_up(uintptr_t address) const;

  std::map<uintptr_t, std::unique_ptr<Region>> by_begin_;
  // Where all regions with their bands lie, and which were found last, by page: a kernel goes back and forth
  // between a few.
  uintptr_t lowest_ = UINTPTR_MAX, highest_ = 0;
  std::array<Region*, 64> found_{};
};

// Untyped part of Buffer.
class Memory {
 public:
  Memory(std::string name, size_t bytes, bool written);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  std::byte* data() const { return block_ + Region::kBand; }

 private:
  std::byte* block_;
};

// Device memory for tests on the executor: starts as 0xFF bytes that count as never written.
template <class T>
class Buffer {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  Buffer(const char* name, size_t count) : memory_(name, count * sizeof(T), false), count_(count) {}
  Buffer(const char* name, const std::vector<T>& values)
      : memory_(name, values.size() * sizeof(T), true), count_(values.size()) {
    if (count_ > 0) std::memcpy(memory_.data(), values.data(), count_ * sizeof(T));
  }

  T* data() const { return reinterpret_cast<T*>(memory_.data()); }
  size_t size() const { return count_; }
  std::vector<T> values() const { return {data(), data() + count_}; }

 private:
  Memory memory_;
  size_t count_;
};

}  // namespace serene::executor
