#include "kernels/common/executor/memory.h"

#include <algorithm>
#include <mutex>
#include <new>

#include "kernels/common/executor/check/shadow.h"

namespace serene::executor {
namespace {

constexpr int kPoison = 0xFF;
constexpr std::byte kBandPattern{0xA5};
constexpr size_t kAlignment = 256;  // as cudaMalloc gives

std::mutex& mutex() {
  static std::mutex the_mutex;
  return the_mutex;
}

}  // namespace

Regions& Regions::all() {
  // Never destroyed: static objects of tests may own buffers.
  static auto* regions = new Regions;
  return *regions;
}

void Regions::add(std::string name, std::byte* begin, size_t bytes, bool written) {
  auto* region = new Region;
  region->name = std::move(name);
  region->begin = reinterpret_cast<uintptr_t>(begin);
  region->bytes = bytes;
  if (!written) region->written.assign(bytes, 0);
  region->cells = map_cells(bytes);
  const std::lock_guard lock(mutex());
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), region->begin,
                                  [](uintptr_t a, const Region* r) { return a < r->begin; }),
                 region);
}

void Regions::remove(const std::byte* begin) {
  const std::lock_guard lock(mutex());
  const auto found = std::find_if(sorted_.begin(), sorted_.end(), [&](const Region* r) {
    return r->begin == reinterpret_cast<uintptr_t>(begin);
  });
  if (found == sorted_.end()) return;
  unmap_cells((*found)->cells, (*found)->bytes);
  delete *found;
  sorted_.erase(found);
  last_ = nullptr;
}

Region* Regions::find(uintptr_t address) {
  if (last_ != nullptr && last_->near(address)) return last_;
  // The first region whose band ends behind the address.
  size_t low = 0, high = sorted_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const Region& region = *sorted_[middle];
    if (address < region.begin + region.bytes + Region::kBand) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low == sorted_.size() || !sorted_[low]->near(address)) return nullptr;
  last_ = sorted_[low];
  return last_;
}

void Regions::mark_written(const std::byte* begin) {
  Region* region = find(reinterpret_cast<uintptr_t>(begin));
  if (region != nullptr) region->written.clear();
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
  for (const Region* region : sorted_) {
    for (size_t i = 0; i < Region::kBand; ++i) {
      for (const uintptr_t at : {region->begin - Region::kBand + i, region->begin + region->bytes + i}) {
        if (*reinterpret_cast<const std::byte*>(at) != kBandPattern)
          return "something was written " + describe(*region, at);
      }
    }
  }
  return "";
}

Memory::Memory(std::string name, size_t bytes, bool written)
    : block_(static_cast<std::byte*>(
          ::operator new(bytes + 2 * Region::kBand, std::align_val_t(kAlignment)))) {
  std::memset(block_, static_cast<int>(kBandPattern), bytes + 2 * Region::kBand);
  std::memset(data(), kPoison, bytes);
  Regions::all().add(std::move(name), data(), bytes, written);
}

Memory::~Memory() {
  Regions::all().remove(data());
  ::operator delete(block_, std::align_val_t(kAlignment));
}

}  // namespace serene::executor
