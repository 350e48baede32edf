#include "kernels/common/cpu/vector_kernels.h"

#include <cstdlib>
#include <string>

#include "kernels/common/error.h"

namespace serene::cpu {

namespace baseline {
const VectorKernels& table();
}
#ifdef SERENE_X86_LEVELS
namespace avx2 {
const VectorKernels& table();
}
namespace avx512 {
const VectorKernels& table();
}
namespace avx512bf16 {
const VectorKernels& table();
}
#endif

namespace {

bool has(const std::string& level) {
  if (level == "baseline") return true;
#ifdef SERENE_X86_LEVELS
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (level == "avx2") return avx2;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (level == "avx512") return avx512;
  if (level == "avx512bf16") return avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  return false;
}

const VectorKernels& table_of([[maybe_unused]] const std::string& level) {
#ifdef SERENE_X86_LEVELS
  if (level == "avx512bf16") return avx512bf16::table();
  if (level == "avx512") return avx512::table();
  if (level == "avx2") return avx2::table();
#endif
  return baseline::table();
}

const VectorKernels& choose() {
  if (const char* forced = std::getenv("SERENE_CPU_LEVEL"); forced != nullptr && *forced != '\0') {
    const std::string level = forced;
    if (level != "baseline" && level != "avx2" && level != "avx512" && level != "avx512bf16") {
      throw Error(ErrorKind::invalid_argument,
                  "SERENE_CPU_LEVEL: got " + level + ", wanted baseline, avx2, avx512 or avx512bf16");
    }
    if (!has(level)) throw Error(ErrorKind::device, "SERENE_CPU_LEVEL: this CPU has no " + level);
    return table_of(level);
  }
  for (const char* level : {"avx512bf16", "avx512", "avx2"}) {
    if (has(level)) return table_of(level);
  }
  return table_of("baseline");
}

}  // namespace

const VectorKernels& vector_kernels() {
  static const VectorKernels& kernels = choose();
  return kernels;
}

}  // namespace serene::cpu
