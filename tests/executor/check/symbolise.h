// Addresses in code as a reader knows them: function, file and line.
#pragma once

#include <cstdint>
#include <string>

namespace serene::executor {

// An address in 32 bits, which reach over any one executable.
uint32_t site_of(const void* return_address);

// "tile.cuh:33 (transpose_kernel)". Asks addr2line, which comes with the compiler, so takes milliseconds;
// only errors need it. Frames in the executor's own headers are passed over for the kernel that called them.
std::string site_text(uint32_t site);
// "transpose_kernel<4>"
std::string function_name(const void* function);
// "_ZN6serene16transpose_kernelILi4EEEvPKfPf"; nothing where the program has no such symbol.
std::string symbol_of(const void* function);

}  // namespace serene::executor
