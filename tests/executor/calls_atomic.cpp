// Atomics are real ones: the blocks of a grid run on several OS threads.
#include <algorithm>
#include <atomic>
#include <type_traits>

#include "tests/executor/calls.h"
#include "tests/executor/check/access.h"
#include "tests/executor/check/symbolise.h"

namespace serene::executor {
namespace {

template <class T>
T apply(Atomic kind, T old, T value, T compare) {
  switch (kind) {
    case Atomic::add:
      return old + value;
    case Atomic::minimum:
      return std::min(old, value);
    case Atomic::maximum:
      return std::max(old, value);
    case Atomic::exchange:
      return value;
    case Atomic::compare_exchange:
      return old == compare ? value : old;
    default:
      break;
  }
  if constexpr (std::is_integral_v<T>) {
    if (kind == Atomic::bit_and) return old & value;
    if (kind == Atomic::bit_or) return old | value;
    if (kind == Atomic::bit_xor) return old ^ value;
  }
  return old;
}

}  // namespace

template <class T>
T atomic(Atomic kind, T* address, T value, T compare) {
  check_access(address, sizeof(T), Use::atomic, site_of(__builtin_return_address(0)));
  std::atomic_ref<T> shared(*address);
  T old = shared.load(std::memory_order_relaxed);
  while (!shared.compare_exchange_weak(old, apply(kind, old, value, compare))) {
  }
  return old;
}

template int atomic(Atomic, int*, int, int);
template unsigned atomic(Atomic, unsigned*, unsigned, unsigned);
template unsigned long long atomic(Atomic, unsigned long long*, unsigned long long, unsigned long long);
template float atomic(Atomic, float*, float, float);
template double atomic(Atomic, double*, double, double);

}  // namespace serene::executor
