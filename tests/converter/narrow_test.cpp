#include "converter/narrow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/support/refusal.h"

namespace serene::converter {
namespace {

using weights::DType;

uint16_t bits(float value, DType dtype) {
  const weights::Tensor narrow =
      narrowed(weights::from_float("t", {1}, std::vector<float>{value}), dtype, "m.pt");
  EXPECT_EQ(narrow.dtype, dtype);
  uint16_t raw = 0;
  std::memcpy(&raw, narrow.bytes.data(), 2);
  return raw;
}

// Widening has its own test against known values, so that going there and back pins every one.
TEST(Narrow, EveryHalfComesBack) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    weights::Tensor all{"t", dtype, {1 << 16}, {}};
    all.bytes.resize(2 << 16);
    for (int i = 0; i < 1 << 16; ++i) {
      const auto raw = static_cast<uint16_t>(i);
      std::memcpy(all.bytes.data() + 2 * i, &raw, 2);
    }
    const std::vector<float> wide = weights::to_float(all);
    for (int i = 0; i < 1 << 16; ++i) {
      const uint16_t back = bits(wide[i], dtype);
      if (std::isnan(wide[i])) {
        const int exponent = dtype == DType::f16 ? 0x7c00 : 0x7f80;
        ASSERT_GT(back & 0x7fff, exponent) << i;
      } else {
        ASSERT_EQ(back, i);
      }
    }
  }
}

TEST(Narrow, RoundsToNearestEven) {
  const auto half = [](float value) { return bits(value, DType::f16); };
  EXPECT_EQ(half(1 + 0x1p-11f), 0x3c00);             // a tie, down to even
  EXPECT_EQ(half(1 + 3 * 0x1p-11f), 0x3c02);         // a tie, up to even
  EXPECT_EQ(half(1 + 0x1p-11f + 0x1p-20f), 0x3c01);  // above the tie
  EXPECT_EQ(half(2 - 0x1p-12f), 0x4000);             // carries into the exponent
  EXPECT_EQ(half(0x1p-25f), 0);                      // half of the smallest, down to even
  EXPECT_EQ(half(0x1p-25f + 0x1p-40f), 1);
  EXPECT_EQ(half(0x1p-14f - 0x1p-26f), 0x0400);  // the largest subnormal rounds into the normals
  EXPECT_EQ(half(65519.996f), 0x7bff);
  EXPECT_EQ(half(-1e-30f), 0x8000);
  const auto brain = [](float value) { return bits(value, DType::bf16); };
  EXPECT_EQ(brain(1 + 0x1p-8f), 0x3f80);
  EXPECT_EQ(brain(1 + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(brain(1 + 0x1p-8f + 0x1p-20f), 0x3f81);
}

TEST(Narrow, RefusesWhatWouldBecomeInfinite) {
  const std::vector<float> values{65520, 1, -1e30f, INFINITY, NAN};
  const weights::Tensor tensor = weights::from_float("t", {5}, values);
  test::expect_in(test::refusal([&] { narrowed(tensor, DType::f16, "m.pt"); }),
                  "m.pt: t: 2 of 5 values are too large for f16");
  narrowed(tensor, DType::bf16, "m.pt");  // the infinity was one before
  test::expect_in(test::refusal([] { bits(3.4e38f, DType::bf16); }),
                  "m.pt: t: 1 of 1 values are too large for bf16");
}

}  // namespace
}  // namespace serene::converter
