#include "weights/tensor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/hostile_bytes.h"
#include "tests/support/refusal.h"

namespace serene::weights {
namespace {

template <class T>
Tensor tensor_of(DType dtype, const std::vector<T>& values) {
  Tensor tensor{"t", dtype, {static_cast<int64_t>(values.size())}, {}};
  const std::string bytes = test::raw(values);
  const auto view = test::as_bytes(bytes);
  tensor.bytes.assign(view.begin(), view.end());
  return tensor;
}

TEST(Tensor, WidensEveryNumber) {
  const std::vector<float> wanted{0, 1, 2, 100};
  EXPECT_EQ(to_float(tensor_of<double>(DType::f64, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<float>(DType::f32, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint16_t>(DType::f16, {0, 0x3c00, 0x4000, 0x5640})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint16_t>(DType::bf16, {0, 0x3f80, 0x4000, 0x42c8})), wanted);
  EXPECT_EQ(to_float(tensor_of<int64_t>(DType::i64, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<int32_t>(DType::i32, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<int16_t>(DType::i16, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<int8_t>(DType::i8, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint64_t>(DType::u64, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint32_t>(DType::u32, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint16_t>(DType::u16, {0, 1, 2, 100})), wanted);
  EXPECT_EQ(to_float(tensor_of<uint8_t>(DType::u8, {0, 1, 2, 100})), wanted);
}

TEST(Tensor, WidensTheEdgesOfHalfPrecision) {
  const std::vector<float> values = to_float(
      tensor_of<uint16_t>(DType::f16, {0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0xc000, 0x7c00, 0xfc00}));
  EXPECT_EQ(values[0], std::ldexp(1.0f, -24));
  EXPECT_EQ(values[1], std::ldexp(1023.0f, -24));
  EXPECT_EQ(values[2], std::ldexp(1.0f, -14));
  EXPECT_EQ(values[3], 65504.0f);
  EXPECT_TRUE(values[4] == 0 && std::signbit(values[4]));
  EXPECT_EQ(values[5], -2.0f);
  EXPECT_EQ(values[6], INFINITY);
  EXPECT_EQ(values[7], -INFINITY);
  EXPECT_TRUE(std::isnan(to_float(tensor_of<uint16_t>(DType::f16, {0x7e00}))[0]));
  EXPECT_TRUE(std::isnan(to_float(tensor_of<uint16_t>(DType::bf16, {0x7fc0}))[0]));
}

TEST(Tensor, WidensWhatIsTooBigToInfinity) {
  EXPECT_EQ(to_float(tensor_of<double>(DType::f64, {1e300}))[0], INFINITY);
}

TEST(Tensor, RefusesBooleans) {
  test::expect_in(test::refusal([] { to_float(tensor_of<uint8_t>(DType::boolean, {1})); }),
                  "t: a tensor of booleans has no values");
}

TEST(Tensor, IsMadeFromFloats) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const Tensor tensor = from_float("x", {2, 3}, values);
  EXPECT_EQ(tensor.numel(), 6);
  EXPECT_EQ(to_float(tensor), values);
  EXPECT_EQ(from_float("x", {0}, {}).numel(), 0);
  EXPECT_EQ((Tensor{"scalar", DType::f32, {}, {}}).numel(), 1);
}

TEST(Tensor, WritesShapes) {
  EXPECT_EQ(shape_text(std::vector<int64_t>{}), "[]");
  EXPECT_EQ(shape_text(std::vector<int64_t>{64, 3, 1, 1}), "[64, 3, 1, 1]");
}

TEST(DType, NamesAreReadBack) {
  for (const DType dtype :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
        DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean}) {
    DType read;
    ASSERT_TRUE(parse_dtype(dtype_name(dtype), &read));
    EXPECT_EQ(read, dtype);
    EXPECT_GE(element_size(dtype), 1u);
  }
  DType read;
  for (const char* name : {"", "f32", "F128", "F8_E4M3"}) EXPECT_FALSE(parse_dtype(name, &read)) << name;
}

}  // namespace
}  // namespace serene::weights
