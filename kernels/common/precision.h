// How an op multiplies. Everything else (sums, statistics, softmax, the maps in memory) is fp32 in each.
#pragma once

namespace serene {

enum class Precision {
  fp32,  // the reference
  tf32,  // operands rounded to 10 bits of fraction
  bf16,  // operands rounded to 7 bits of fraction
};

// "fp32", "tf32", "bf16"
constexpr const char* precision_name(Precision precision) {
  switch (precision) {
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
    default:
      return "fp32";
  }
}

}  // namespace serene
