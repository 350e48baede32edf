#include "tests/executor/kernel_shared.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/error.h"
#include "tests/executor/check/symbolise.h"

namespace serene::executor {
namespace {

struct Declared {
  std::string scope;
  size_t bytes;
};

// Filled before main, by one thread.
std::vector<Declared>& declared_arrays() {
  static std::vector<Declared> arrays;
  return arrays;
}

size_t up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// A type that is local to a function is called "Z", the function's symbol without "_Z", "E", its own name.
size_t add_up_arrays(const void* kernel) {
  const std::string symbol = symbol_of(kernel);
  if (symbol.rfind("_Z", 0) != 0) {
    throw Error(ErrorKind::internal,
                "executor: a kernel has no symbol: it is in an unnamed namespace, or the program is not "
                "linked with -rdynamic");
  }
  const std::string scope = "Z" + symbol.substr(2) + "E";
  std::vector<Declared> arrays;
  for (const Declared& array : declared_arrays()) {
    if (array.scope.rfind(scope, 0) == 0) arrays.push_back(array);
  }
  // In the order of declaration, which the names count: UlvE_, UlvE0_, UlvE1_.
  std::sort(arrays.begin(), arrays.end(), [](const Declared& a, const Declared& b) {
    return std::pair(a.scope.size(), a.scope) < std::pair(b.scope.size(), b.scope);
  });
  size_t end = 0;
  for (const Declared& array : arrays) end = up(end, kStaticAlignment) + array.bytes;
  return end;
}

// What a driver keeps of each kernel.
class Kernels {
 public:
  size_t static_bytes(const void* kernel) {
    const std::lock_guard lock(mutex_);
    const auto found = static_bytes_.find(kernel);
    if (found != static_bytes_.end()) return found->second;
    return static_bytes_[kernel] = add_up_arrays(kernel);
  }
  void allow(const void* kernel, size_t most, size_t bytes) {
    const std::lock_guard lock(mutex_);
    allowed_[{kernel, most}] = bytes;
  }
  size_t allowed(const void* kernel, size_t most, size_t otherwise) {
    const std::lock_guard lock(mutex_);
    const auto found = allowed_.find({kernel, most});
    return found == allowed_.end() ? otherwise : found->second;
  }
  void prefer(const void* kernel, int percent) {
    const std::lock_guard lock(mutex_);
    carve_outs_[kernel] = percent;
  }
  int preferred(const void* kernel) {
    const std::lock_guard lock(mutex_);
    const auto found = carve_outs_.find(kernel);
    return found == carve_outs_.end() ? -1 : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<const void*, size_t> static_bytes_;
  std::map<std::pair<const void*, size_t>, size_t> allowed_;
  std::map<const void*, int> carve_outs_;
};

Kernels& kernels() {
  static Kernels all;
  return all;
}

}  // namespace

StaticArray::StaticArray(const std::type_info& scope, size_t bytes) {
  declared_arrays().push_back({scope.name(), bytes});
}

size_t static_shared_bytes(const void* kernel) { return kernels().static_bytes(kernel); }

size_t static_shared_bytes(const void* kernel, size_t dynamic_bytes) {
  const size_t bytes = static_shared_bytes(kernel);
  return dynamic_bytes > 0 ? up(bytes, kDynamicAlignment) : bytes;
}

bool allow_dynamic_shared(const void* kernel, size_t bytes, size_t most) {
  if (static_shared_bytes(kernel, bytes) + bytes > most) return false;
  kernels().allow(kernel, most, bytes);
  return true;
}

size_t allowed_dynamic_shared(const void* kernel, size_t most) {
  return kernels().allowed(kernel, most,
                           kStaticLimit - std::min(kStaticLimit, static_shared_bytes(kernel, 1)));
}

void prefer_carve_out(const void* kernel, int percent) { kernels().prefer(kernel, percent); }
int preferred_carve_out(const void* kernel) { return kernels().preferred(kernel); }

}  // namespace serene::executor
