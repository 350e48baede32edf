#include "kernels/layer_norm/layer_norm.h"

#include "kernels/common/error.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/reference.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, channels, padding;  // padding: unused floats at the end of each row
  bool residual;
  float eps = 1e-5f;
  bool gelu = false;
};

class LayerNormTest : public testing::TestWithParam<Case> {};

TEST_P(LayerNormTest, MatchesReference) {
  const auto [device, rows, channels, padding, with_residual, eps, gelu] = GetParam();
  const Map<2> empty({rows, channels}, {rows, channels + padding}, {0, 0});
  const std::vector<float> values = test::random_values(rows * channels, 1);
  const std::vector<float> added = test::random_values(rows * channels, 2);
  const std::vector<float> weight = test::random_values(channels, 3), bias = test::random_values(channels, 4);
  Map<2> x = empty, residual = empty;
  x.fill(values);
  residual.fill(added);
  const Map<2> x_before = x, residual_before = residual;

  LayerNormArgs args;
  args.weight = make_view<1>(weight.data(), {channels});
  args.bias = make_view<1>(bias.data(), {channels});
  args.eps = eps;
  args.activation = gelu ? Activation::gelu : Activation::none;
  if (with_residual) args.residual = residual.view();
  const auto run = [&](int threads) {
    Map<2> y = empty;
    args.x = x.view();
    args.y = y.view();
    layer_norm(args, test::TestStream(device, threads));
    return y;
  };

  test::Reference ref;
  for (int64_t r = 0; r < rows; ++r) {
    const auto row = test::layer_norm_row(values.data() + r * channels, weight, bias, double{eps});
    for (int64_t i = 0; i < channels; ++i) {
      const double plus = with_residual ? added[r * channels + i] : 0.0;
      const test::Sized y = gelu ? test::gelu(row[i]) : row[i];
      ref.push({y.value + plus, y.size + std::abs(plus)});
    }
  }
  const Map<2> y = run(2);
  test::expect_close(y.values(), ref.values, test::tolerance(channels, ref.size, 2));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(residual.same_bits(residual_before));
  for (int threads : {1, 2, 3}) EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";

  const test::TestStream stream(device);
  Map<2> alone = empty;
  for (int64_t r = 0; r < rows; ++r) {
    args.x = test::only(x.view(), r);
    if (with_residual) args.residual = test::only(residual.view(), r);
    args.y = test::only(alone.view(), r);
    layer_norm(args, stream);
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a row's result depends on the others";

  if (with_residual) args.residual = residual.view();
  args.x = args.y = x.view();
  layer_norm(args, stream);
  EXPECT_EQ(x.values(), y.values()) << "in place";
  if (with_residual) {
    args.x = x_before.view();
    args.y = residual.view();
    layer_norm(args, stream);
    EXPECT_EQ(residual.values(), y.values()) << "into the residual";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (bool residual : {false, true}) {
      for (int64_t c : {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100}) {
        all.push_back({device, 5, c, c % 3, residual});
      }
      // Widths of speech encoders; an eps that changes the result.
      for (int64_t c : {384, 512, 768, 1024, 1280}) all.push_back({device, 2, c, 0, residual, 0.125f});
      // Between the convolutions of a speech encoder.
      for (int64_t c : {1, 17, 64}) all.push_back({device, 130, c, c % 3, residual, 1e-5f, true});
      all.push_back({device, 0, 8, 0, residual});
      all.push_back({device, 1, 4096, 0, residual});
      for (int64_t rows : {1, 127, 128, 129, 300}) all.push_back({device, rows, 20, 4, residual});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LayerNorm, LayerNormTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_c" +
         std::to_string(c.channels) + "_pad" + std::to_string(c.padding) + (c.residual ? "_residual" : "") +
         (c.gelu ? "_gelu" : "");
});

TEST(LayerNormErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  LayerNormArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.weight = make_view<1, const float>(values.data(), {4});
  args.bias = make_view<1, const float>(values.data(), {5});
  args.y = make_view<2>(values.data(), {2, 4});
  const test::TestStream stream(Device::cpu);
  try {
    layer_norm(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "layer_norm: bias: got (5), wanted (4)");
  }
}

}  // namespace
}  // namespace serene
