// Constant operands of the CPU's products in bf16 (the upper half of a float): two that are summed up side by
// side, as its instructions take them.
#pragma once

#include <cstdint>
#include <memory>

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

 private:
  struct Made;
  std::unique_ptr<Made> made_;
};

}  // namespace serene
