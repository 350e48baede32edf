#include "kernels/common/cpu/vector_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

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

#ifdef SERENE_X86_LEVELS
bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool has_avx512bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
#endif

struct Level {
  std::string name;
  bool (*is_here)();
  const VectorKernels& (*table)();
};

// The best one last.
std::vector<Level> levels() {
  return {{"baseline", [] { return true; }, baseline::table},
#ifdef SERENE_X86_LEVELS
          {"avx2", has_avx2, avx2::table},
          {"avx512", has_avx512, avx512::table},
          {"avx512bf16", has_avx512bf16, avx512bf16::table}
#endif
  };
}

const VectorKernels& choose() {
  const std::vector<Level> all = levels();
  const char* forced = std::getenv("SERENE_CPU_LEVEL");
  if (forced == nullptr || *forced == '\0') {
    return std::find_if(all.rbegin(), all.rend(), [](const Level& level) { return level.is_here(); })
        ->table();
  }
  std::string names;
  for (const Level& level : all) {
    if (level.name == forced) {
      if (!level.is_here()) throw Error(ErrorKind::device, "SERENE_CPU_LEVEL: this CPU has no " + level.name);
      return level.table();
    }
    names += (names.empty() ? "" : &level == &all.back() ? " or " : ", ") + level.name;
  }
  throw Error(ErrorKind::invalid_argument,
              "SERENE_CPU_LEVEL: got " + std::string(forced) + ", wanted " + names);
}

}  // namespace

const VectorKernels& vector_kernels() {
  static const VectorKernels& kernels = choose();
  return kernels;
}

}  // namespace serene::cpu
