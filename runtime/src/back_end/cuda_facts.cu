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

// Multiply-adds that a multiprocessor begins in a clock: in fp32 by the CUDA C++ Programming Guide
// (arithmetic instructions), dense ones of the tensor cores by NVIDIA's descriptions of the architectures of
// the A100 and the H100; 0 where unknown.
double multiply_adds_per_clock(int major, int minor, Precision precision) {
  const bool a100 = major == 8 && minor == 0, h100 = major == 9 && minor == 0;
  switch (precision) {
    case Precision::tf32:
      return a100 ? 512 : h100 ? 1024 : 0;
    case Precision::bf16:
      return a100 ? 1024 : h100 ? 2048 : 0;
    default:
      return a100 ? 64 : major == 8 || h100 ? 128 : 0;
  }
}

}  // namespace

Peaks cuda_peaks(int device, Precision precision) {
  Peaks peaks;
  const int major = static_cast<int>(attribute(cudaDevAttrComputeCapabilityMajor, device));
  const int minor = static_cast<int>(attribute(cudaDevAttrComputeCapabilityMinor, device));
  const double clock = attribute(cudaDevAttrClockRate, device) * 1e3;
  const double flop = 2 * multiply_adds_per_clock(major, minor, precision) * clock *
                      attribute(cudaDevAttrMultiProcessorCount, device);
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
