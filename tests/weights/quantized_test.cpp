// Matrices as 8-bit integers with a scale a row.
#include "weights/quantized.h"

#include <gtest/gtest.h>

#include <cmath>

namespace serene::weights {
namespace {

std::vector<int> integers(const Tensor& tensor) {
  std::vector<int> values;
  for (const std::byte byte : tensor.bytes) values.push_back(static_cast<int8_t>(byte));
  return values;
}

TEST(Quantized, RowsHaveScalesOfTheirOwn) {
  const std::vector<float> values{1.27f, -0.635f, 0.005f, 0.0149f, 254, -2, 3, 0, 0, 0, 0, 0};
  const Quantized q = quantized(from_float("w", {3, 2, 2}, values));
  EXPECT_EQ(integers(q.values), (std::vector<int>{127, -64, 0, 1, 127, -1, 2, 0, 0, 0, 0, 0}));
  EXPECT_EQ(q.values.shape, (std::vector<int64_t>{3, 2, 2}));
  EXPECT_EQ(q.scales.name, "w.scale");
  EXPECT_EQ(q.scales.shape, (std::vector<int64_t>{3}));
  const std::vector<float> scales = to_float(q.scales);
  EXPECT_FLOAT_EQ(scales[0], 0.01f);
  EXPECT_EQ(scales[1], 2.0f);
  EXPECT_EQ(scales[2], 0.0f);
}

// A value is off by half a step at most, the largest of a row by rounding alone.
TEST(Quantized, ExpandsToWithinHalfAStep) {
  std::vector<float> values(5 * 33);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(0.37f * static_cast<float>(i)) * static_cast<float>(1 + i / 33);
  Quantized q = quantized(from_float("w", {5, 33}, values));
  const std::vector<float> scales = to_float(q.scales);
  StoredTensors tensors;
  tensors["w"] = stored(std::move(q.values));
  tensors["w.scale"] = stored(std::move(q.scales));
  tensors["b"] = stored(from_float("b", {1}, std::vector<float>{3}));
  EXPECT_TRUE(expand_quantized(tensors).empty());
  EXPECT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors.at("w").dtype, DType::f32);
  const std::vector<float> back = to_float(tensors.at("w").read());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_LE(std::abs(back[i] - values[i]), 0.5001f * scales[i / 33]) << i;
}

TEST(Quantized, ScalesThatDoNotFitAreNamed) {
  const auto problem = [](Tensor values, Tensor scales) {
    StoredTensors tensors;
    if (!scales.name.empty()) tensors["w.scale"] = stored(std::move(scales));
    tensors["w"] = stored(std::move(values));
    const std::vector<std::string> problems = expand_quantized(tensors);
    return problems.size() == 1 ? problems.front() : std::to_string(problems.size()) + " problems";
  };
  const Quantized good = quantized(from_float("w", {2, 2}, std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(problem(good.values, good.scales), "0 problems");
  EXPECT_EQ(problem(good.values, {}), "w.scale missing, w is I8");
  EXPECT_EQ(problem(good.values, from_float("w.scale", {3}, std::vector<float>(3))),
            "w.scale is [3], wanted [2]");
  EXPECT_EQ(problem(good.values, {"w.scale", DType::i32, {2}, std::vector<std::byte>(8)}),
            "w.scale is I32, wanted F32");
  const std::string unsound = "w.scale has scales that are negative or not finite";
  EXPECT_EQ(problem(good.values, from_float("w.scale", {2}, std::vector<float>{1, -1})), unsound);
  EXPECT_EQ(problem(good.values, from_float("w.scale", {2}, std::vector<float>{NAN, 1})), unsound);
  EXPECT_EQ(problem({"w", DType::i8, {}, std::vector<std::byte>(1)}, {}), "w is I8 and a scalar");
  EXPECT_EQ(problem({"w", DType::i8, {0, 4}, {}}, from_float("w.scale", {0}, {})), "0 problems");
}

}  // namespace
}  // namespace serene::weights
