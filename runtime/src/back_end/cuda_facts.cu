#include "runtime/src/back_end/cuda_facts.h"

#include "kernels/common/function_name.h"
#include "runtime/src/back_end/cuda_check.h"

namespace serene::runtime {
namespace {

double attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute");
  return value;
}

// Multiply-adds in fp32 that a multiprocessor begins in a clock (CUDA C++ Programming Guide, arithmetic
// instructions); 0 where unknown.
double multiply_adds_per_clock(int major, int minor) {
  if (major == 8) return minor == 0 ? 64 : 128;
  return major == 9 && minor == 0 ? 128 : 0;
}

}  // namespace

Peaks cuda_peaks(int device) {
  Peaks peaks;
  const int major = static_cast<int>(attribute(cudaDevAttrComputeCapabilityMajor, device));
  const int minor = static_cast<int>(attribute(cudaDevAttrComputeCapabilityMinor, device));
  const double clock = attribute(cudaDevAttrClockRate, device) * 1e3;
  const double flop =
      2 * multiply_adds_per_clock(major, minor) * clock * attribute(cudaDevAttrMultiProcessorCount, device);
  if (flop > 0) peaks.flop_per_second = flop;
  // Two transfers a clock.
  const double bytes = 2 * attribute(cudaDevAttrMemoryClockRate, device) * 1e3 *
                       attribute(cudaDevAttrGlobalMemoryBusWidth, device) / 8;
  if (bytes > 0) peaks.bytes_per_second = bytes;
  return peaks;
}

KernelFacts cuda_kernel_facts(const void* kernel) {
  KernelFacts facts;
  const char* symbol = nullptr;
  check(cudaFuncGetName(&symbol, kernel), "cudaFuncGetName");
  facts.name = function_name_of_symbol(symbol);
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, kernel), "cudaFuncGetAttributes");
  facts.registers = attributes.numRegs;
  facts.static_shared_bytes = attributes.sharedSizeBytes;
  facts.local_bytes = attributes.localSizeBytes;
  return facts;
}

}  // namespace serene::runtime
