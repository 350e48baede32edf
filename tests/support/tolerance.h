// The one place where tolerances come from.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/common/precision.h"

namespace serene::test {

// Bound on |out - ref| for a float32 op that adds up `reduction` terms in some order and is checked against
// double precision: rounding errors of a sum grow like a random walk, eps sqrt(K), times the magnitude of the
// result; `steps` roundings follow one another (1 for a plain sum, more for chains of functions).
inline double tolerance(int64_t reduction, double magnitude, double steps = 1) {
  constexpr double kSafety = 4;
  const double eps = std::numeric_limits<float>::epsilon();
  return kSafety * steps * eps * std::sqrt(static_cast<double>(std::max<int64_t>(reduction, 1))) *
         std::max(magnitude, 1e-30);
}

// What rounding both operands of each product adds to that bound; `magnitude` is the root of a sum's squared
// terms, as errors of single products have either sign.
inline double operand_rounding(Precision precision, double magnitude) {
  constexpr double kSafety = 4;
  const double unit = precision == Precision::fp32 ? 0 : precision == Precision::tf32 ? 0x1p-11 : 0x1p-8;
  return kSafety * unit * magnitude;
}

inline double magnitude(std::span<const double> values) {
  double m = 0;
  for (double v : values) m = std::max(m, std::abs(v));
  return m;
}

// Every element finite and within `bound` of the reference.
inline void expect_close(std::span<const float> out, std::span<const double> ref, double bound) {
  ASSERT_EQ(out.size(), ref.size());
  double worst = 0;
  size_t where = 0;
  for (size_t i = 0; i < ref.size(); ++i) {
    ASSERT_TRUE(std::isfinite(out[i])) << "element " << i << " is " << out[i] << ", wanted " << ref[i];
    const double error = std::abs(static_cast<double>(out[i]) - ref[i]);
    if (error > worst) {
      worst = error;
      where = i;
    }
  }
  EXPECT_LE(worst, bound) << "element " << where << ": got " << (ref.empty() ? 0.f : out[where])
                          << ", wanted " << (ref.empty() ? 0.0 : ref[where]);
}

// The root of the mean squared error is within `bound`. Errors of many elements leave no room for chance, so
// that this bound needs no factor of safety where that of the worst element has four.
inline void expect_close_on_average(std::span<const float> out, std::span<const double> ref, double bound) {
  ASSERT_EQ(out.size(), ref.size());
  double squares = 0;
  for (size_t i = 0; i < ref.size(); ++i) squares += std::pow(static_cast<double>(out[i]) - ref[i], 2);
  EXPECT_LE(std::sqrt(squares / static_cast<double>(std::max<size_t>(ref.size(), 1))), bound)
      << "root of the mean squared error";
}

}  // namespace serene::test
