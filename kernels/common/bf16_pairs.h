// Constant operands of products in bf16 (the upper half of a float): two that are summed up side by side, as
// the instructions of CPUs and GPUs take them.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/common/memory.h"

namespace serene {

// The nearest bf16 of each, of two as near the even one; `low` in the low half.
uint32_t bf16_pair(float low, float high);

class Bf16Pairs {
 public:
  Bf16Pairs();
  Bf16Pairs(Bf16Pairs&&) noexcept;
  Bf16Pairs& operator=(Bf16Pairs&&) noexcept;
  ~Bf16Pairs();

  // (rows / 2, columns), the pairs of rows 2 i and 2 i + 1 of x (rows, columns), the same at each call; rows
  // is even. Made by the first call, from whichever thread. Throws Error(out_of_memory).
  const uint32_t* of_rows(const float* x, int64_t rows, int64_t columns) const;

  // The same at once, in memory that only a device reads: `x`, the host's copy, may change or end afterwards,
  // and of_rows gives these.
  void make(const float* x, int64_t rows, int64_t columns, Memory& memory) const;

 private:
  struct Made;
  std::unique_ptr<Made> made_;
};

}  // namespace serene
