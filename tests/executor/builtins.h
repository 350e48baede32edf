// CUDA's own names, for kernels compiled by the host compiler. Only what is common to both; what needs PTX is
// in kernels/common/gpu/.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tests/executor/calls.h"

// Kernels are in headers; nvcc has no inline for them, and needs none.
#define __global__ inline
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// Raw declarations would be neither poisoned nor checked: SERENE_SHARED is the way.
#define __shared__ _Pragma("GCC error \"declare shared memory by SERENE_SHARED (kernels/common/gpu.h)\"")
#define __constant__ _Pragma("GCC error \"pass constants as kernel arguments\"")

#define threadIdx (::serene::executor::thread_index())
#define blockIdx (::serene::executor::block_index())
#define blockDim (::serene::executor::block_size())
#define gridDim (::serene::executor::grid_size())

inline constexpr int warpSize = 32;

// Barriers and votes take the place they are called from, which is in errors.
inline void __syncthreads(std::source_location where = std::source_location::current()) {
  ::serene::executor::sync_threads(where);
}
inline int __syncthreads_or(int predicate, std::source_location where = std::source_location::current()) {
  return ::serene::executor::sync_threads_or(predicate, where);
}
inline int __syncthreads_and(int predicate, std::source_location where = std::source_location::current()) {
  return ::serene::executor::sync_threads_and(predicate, where);
}
inline int __syncthreads_count(int predicate, std::source_location where = std::source_location::current()) {
  return ::serene::executor::sync_threads_count(predicate, where);
}
inline void __syncwarp(unsigned mask = 0xFFFFFFFFu,
                       std::source_location where = std::source_location::current()) {
  ::serene::executor::sync_warp(mask, where);
}
inline void __threadfence() { ::serene::executor::fence(); }
inline void __threadfence_block() {}

inline unsigned __ballot_sync(unsigned mask, int predicate,
                              std::source_location where = std::source_location::current()) {
  return ::serene::executor::ballot(mask, predicate != 0, where);
}
inline int __any_sync(unsigned mask, int predicate,
                      std::source_location where = std::source_location::current()) {
  return ::serene::executor::ballot(mask, predicate != 0, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      std::source_location where = std::source_location::current()) {
  return ::serene::executor::ballot(mask, predicate != 0, where) == mask;
}

namespace serene::executor {

#if defined(__x86_64__)
inline const bool kCpuHasFma = __builtin_cpu_supports("fma");
#endif

template <class T>
T shuffle_value(Shuffle kind, unsigned mask, T value, int operand, int width, Where where) {
  static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  return std::bit_cast<T>(
      static_cast<Bits>(shuffle(kind, mask, std::bit_cast<Bits>(value), operand, width, where)));
}

}  // namespace serene::executor

template <class T>
T __shfl_sync(unsigned mask, T value, int lane, int width = 32,
              std::source_location where = std::source_location::current()) {
  return ::serene::executor::shuffle_value(::serene::executor::Shuffle::index, mask, value, lane, width,
                                           where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 std::source_location where = std::source_location::current()) {
  return ::serene::executor::shuffle_value(::serene::executor::Shuffle::up, mask, value,
                                           static_cast<int>(delta), width, where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   std::source_location where = std::source_location::current()) {
  return ::serene::executor::shuffle_value(::serene::executor::Shuffle::down, mask, value,
                                           static_cast<int>(delta), width, where);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32,
                  std::source_location where = std::source_location::current()) {
  return ::serene::executor::shuffle_value(::serene::executor::Shuffle::exclusive_or, mask, value, lane_mask,
                                           width, where);
}

template <class T>
T __ldg(const T* address) {
  return *address;
}

template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return ::serene::executor::atomic(::serene::executor::Atomic::add, address, value);
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>, "as in CUDA");
  return ::serene::executor::atomic(::serene::executor::Atomic::minimum, address, value);
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>, "as in CUDA");
  return ::serene::executor::atomic(::serene::executor::Atomic::maximum, address, value);
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  return ::serene::executor::atomic(::serene::executor::Atomic::exchange, address, value);
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> compare, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>, "as in CUDA");
  return ::serene::executor::atomic(::serene::executor::Atomic::compare_exchange, address, value, compare);
}
template <class T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
  return ::serene::executor::atomic(::serene::executor::Atomic::bit_and, address, value);
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  return ::serene::executor::atomic(::serene::executor::Atomic::bit_or, address, value);
}
template <class T>
T atomicXor(T* address, std::type_identity_t<T> value) {
  return ::serene::executor::atomic(::serene::executor::Atomic::bit_xor, address, value);
}

inline int __popc(unsigned v) { return std::popcount(v); }
inline int __clz(int v) { return std::countl_zero(static_cast<unsigned>(v)); }
inline int __ffs(int v) { return v == 0 ? 0 : std::countr_zero(static_cast<unsigned>(v)) + 1; }
inline float __int_as_float(int v) { return std::bit_cast<float>(v); }
inline int __float_as_int(float v) { return std::bit_cast<int>(v); }
inline float __uint_as_float(unsigned v) { return std::bit_cast<float>(v); }
inline unsigned __float_as_uint(float v) { return std::bit_cast<unsigned>(v); }
// The C library's fmaf is a call, and kernels' inner loops are little else. Both round once.
inline float __fmaf_rn(float a, float b, float c) {
#if defined(__x86_64__)
  if (::serene::executor::kCpuHasFma) {
    asm("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
  }
#endif
  return std::fmaf(a, b, c);
}
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float rsqrtf(float a) { return 1.0f / std::sqrt(a); }

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long min(long a, long b) { return b < a ? b : a; }
inline long max(long a, long b) { return a < b ? b : a; }
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
