// What the CUDA runtime tells of a GPU and of its kernels.
#pragma once

#include "runtime/src/back_end/facts.h"

namespace serene::runtime {

// From clocks and widths. Of arithmetic: fp32 on the CUDA cores, where the compute capability is one whose
// number of them is documented.
Peaks cuda_peaks(int device);
// `kernel` is the function that launches name it by.
KernelFacts cuda_kernel_facts(const void* kernel);

}  // namespace serene::runtime
