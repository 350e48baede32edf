#include "tests/executor/memory.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <new>

#include "tests/executor/check/shadow.h"

namespace serene::executor {
namespace {

constexpr int kPoison = 0xFF;
constexpr std::byte kBandPattern{0xA5};
constexpr size_t kAlignment = 256;  // as cudaMalloc gives

std::mutex& mutex() {
  static std::mutex the_mutex;
  return the_mutex;
}

thread_local bool in_the_list = false;

// For the time of a change to the list.
class Change {
 public:
  Change() : lock_(mutex()) { in_the_list = true; }
  ~Change() { in_the_list = false; }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
};

}  // namespace

bool Regions::busy() { return in_the_list; }

Regions& Regions::all() {
  // Never destroyed: static objects of tests may own buffers.
  static Regions* const regions = [] {
    in_the_list = true;
    auto* all = new Regions;
    in_the_list = false;
    return all;
  }();
  return *regions;
}

Region::~Region() {
  if (cells != nullptr) unmap_cells(cells, bytes);
}

Region& Regions::add(std::string name, std::byte* begin, size_t bytes, bool written) {
  const Change change;
  auto region = std::make_unique<Region>();
  region->name = std::move(name);
  region->begin = reinterpret_cast<uintptr_t>(begin);
  region->bytes = bytes;
  if (!written) region->written.assign(bytes, 0);
  std::unique_ptr<Region>& place = by_begin_[region->begin];
  place = std::move(region);
  lowest_ = std::min(lowest_, place->begin - Region::kBand);
  highest_ = std::max(highest_, place->begin + bytes + Region::kBand);
  found_.fill(nullptr);
  return *place;
}

void Regions::remove(const std::byte* begin) {
  const Change change;
  by_begin_.erase(reinterpret_cast<uintptr_t>(begin));
  found_.fill(nullptr);
}

Region* Regions::look_up(uintptr_t address) const {
  // The first region that starts after the address may own it by its band, else the one before.
  const auto behind = by_begin_.upper_bound(address);
  if (behind != by_begin_.begin() && std::prev(behind)->second->near(address))
    return std::prev(behind)->second.get();
  if (behind != by_begin_.end() && behind->second->near(address)) return behind->second.get();
  return nullptr;
}

std::string Regions::describe(const Region& region, uintptr_t address) {
  const std::string name = "buffer '" + region.name + "' (" + std::to_string(region.bytes) + " bytes)";
  if (address < region.begin) return std::to_string(region.begin - address) + " bytes before " + name;
  const size_t at = address - region.begin;
  if (at >= region.bytes) return std::to_string(at - region.bytes) + " bytes past the end of " + name;
  return "byte " + std::to_string(at) + " of " + name;
}

std::string Regions::damaged_band() const {
  const std::lock_guard lock(mutex());
  for (const auto& [begin, region] : by_begin_) {
    if (!region->banded) continue;
    for (size_t i = 0; i < Region::kBand; ++i) {
      for (const uintptr_t at : {region->begin - Region::kBand + i, region->begin + region->bytes + i}) {
        if (*reinterpret_cast<const std::byte*>(at) != kBandPattern)
          return "something was written " + describe(*region, at);
      }
    }
  }
  return "";
}

// Not by operator new, which check/heap.cpp may have given bands of its own.
Memory::Memory(std::string name, size_t bytes, bool written)
    : block_(static_cast<std::byte*>(std::aligned_alloc(
          kAlignment, (bytes + 2 * Region::kBand + kAlignment - 1) / kAlignment * kAlignment))) {
  if (block_ == nullptr) throw std::bad_alloc();
  std::memset(block_, static_cast<int>(kBandPattern), bytes + 2 * Region::kBand);
  std::memset(data(), kPoison, bytes);
  Regions::all().add(std::move(name), data(), bytes, written).banded = true;
}

Memory::~Memory() {
  Regions::all().remove(data());
  std::free(block_);
}

}  // namespace serene::executor
