// What the CUDA runtime tells of a GPU and of its kernels.
#pragma once

#include "kernels/common/precision.h"
#include "runtime/src/back_end/facts.h"

namespace serene::runtime {

// From clocks and widths. Of arithmetic: products of this precision, fp32 on the CUDA cores and the others on
// the tensor cores, where the compute capability is one whose rate is documented.
Peaks cuda_peaks(int device, Precision precision);
// `kernel` is the function that launches name it by.
KernelFacts cuda_kernel_facts(const void* kernel);

}  // namespace serene::runtime
