#include "tests/executor/shared_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "kernels/common/error.h"
#include "tests/executor/kernel_shared.h"

namespace serene::executor {
namespace {

constexpr int kPoison = 0xFF;  // NaN as a float, as a bfloat16 and as a half; -1 as an index
constexpr std::byte kBand{0xA5};
const char kDynamicKey = 0;

}  // namespace

SharedMemory::SharedMemory() {
  void* memory = mmap(nullptr, kArena + kAlignment, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw Error(ErrorKind::out_of_memory, "executor: no memory for shared memory");
  // Pages are aligned to kAlignment.
  arena_ = static_cast<std::byte*>(memory);
}

SharedMemory::~SharedMemory() { munmap(arena_, kArena + kAlignment); }

void SharedMemory::begin_block(size_t static_bytes, size_t dynamic_bytes) {
  arrays_.clear();
  std::memset(arena_, static_cast<int>(kBand), kAlignment);
  end_ = kAlignment;
  static_end_ = 0;
  static_bytes_ = static_bytes;
  dynamic_bytes_ = dynamic_bytes;
}

void* SharedMemory::add(const void* key, const char* name, size_t bytes) {
  const size_t begin = end_;
  std::memset(arena_ + begin, kPoison, bytes);
  end_ = (begin + bytes + 2 * kAlignment - 1) / kAlignment * kAlignment;
  std::memset(arena_ + begin + bytes, static_cast<int>(kBand), end_ - begin - bytes);
  arrays_.push_back({key, name, begin, bytes});
  return arena_ + begin;
}

void* SharedMemory::array(const void* key, const char* name, size_t bytes, std::string& error) {
  for (const Array& array : arrays_) {
    if (array.key == key) return arena_ + array.begin;
  }
  static_end_ = (static_end_ + kStaticAlignment - 1) / kStaticAlignment * kStaticAlignment + bytes;
  if (static_end_ > static_bytes_) {
    error = "shared array '" + std::string(name) + "' is declared outside of the kernel's own body";
    return nullptr;
  }
  if (end_ + bytes + 2 * kAlignment > kArena - dynamic_bytes_) {
    error = "shared array '" + std::string(name) + "': too many shared arrays";
    return nullptr;
  }
  return add(key, name, bytes);
}

void* SharedMemory::dynamic(std::string& error) {
  for (const Array& array : arrays_) {
    if (array.key == &kDynamicKey) return arena_ + array.begin;
  }
  if (dynamic_bytes_ == 0) {
    error = "dynamic shared memory is used, but the launch gives none";
    return nullptr;
  }
  return add(&kDynamicKey, "dynamic", dynamic_bytes_);
}

const SharedMemory::Array* SharedMemory::find(size_t offset) const {
  for (const Array& array : arrays_) {
    if (offset - array.begin < array.bytes) return &array;
  }
  return nullptr;
}

std::string SharedMemory::describe(size_t offset) const {
  const Array* nearest = nullptr;
  size_t least = kArena;
  for (const Array& array : arrays_) {
    const size_t end = array.begin + array.bytes;
    const size_t distance = offset < array.begin ? array.begin - offset : offset < end ? 0 : offset - end + 1;
    if (distance < least) {
      least = distance;
      nearest = &array;
    }
  }
  if (nearest == nullptr) return "in shared memory that nothing is declared in";
  const std::string name =
      std::string("shared array '") + nearest->name + "' (" + std::to_string(nearest->bytes) + " bytes)";
  if (least == 0) return "byte " + std::to_string(offset - nearest->begin) + " of " + name;
  if (offset < nearest->begin) return std::to_string(least) + " bytes before " + name;
  return std::to_string(least - 1) + " bytes past the end of " + name;
}

std::string SharedMemory::damaged_band() const {
  size_t begin = 0;
  // Arrays lie in the order of their declaration.
  for (size_t i = 0; i <= arrays_.size(); ++i) {
    const size_t end = i < arrays_.size() ? arrays_[i].begin : end_;
    for (size_t at = begin; at < end; ++at) {
      if (arena_[at] != kBand) return "something was written " + describe(at);
    }
    if (i < arrays_.size()) begin = arrays_[i].begin + arrays_[i].bytes;
  }
  return "";
}

}  // namespace serene::executor
