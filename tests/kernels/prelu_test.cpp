#include "kernels/prelu/prelu.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, channels, gap;  // gap: unused floats between rows
};

class PreluTest : public testing::TestWithParam<Case> {};

TEST_P(PreluTest, MatchesReference) {
  const Case& c = GetParam();
  const std::array<int64_t, 3> shape{c.batch, c.frames, c.channels};
  const auto layout = test::gappy_view<3, const float>(nullptr, shape, c.gap);
  const std::vector<float> x = test::random_values(test::gappy_size<3>(shape, c.gap), 1);
  const std::vector<float> slope = test::random_values(c.channels, 2), slope_before = slope;
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    const std::array<int64_t, 3> part{count, c.frames, c.channels};
    GuardedBuffer y(test::gappy_size<3>(part, c.gap));
    PreluArgs args;
    args.x = test::gappy_view<3>(y.data(), part, c.gap);
    args.slope = make_view<1>(slope.data(), {c.channels});
    for (int64_t b = 0; b < count; ++b) {
      for (int64_t t = 0; t < c.frames; ++t)
        std::copy_n(x.data() + (first + b) * layout.stride[0] + t * layout.stride[1], c.channels,
                    args.x[b][t].data);
    }
    prelu(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, c.batch, 2);
  EXPECT_EQ(slope, slope_before);

  const std::vector<float> in = test::gather(test::gappy_view<3>(x.data(), shape, c.gap));
  std::vector<double> ref;
  for (size_t i = 0; i < in.size(); ++i)
    ref.push_back(in[i] >= 0 ? in[i] : double(slope[i % slope.size()]) * in[i]);
  test::expect_close(test::gather(test::gappy_view<3>(y.data(), shape, c.gap)), ref,
                     test::tolerance(1, test::magnitude(ref)));
  EXPECT_EQ(test::written(y), layout.numel());
  test::expect_bits_of_the_clip_alone(y, c.batch, layout.stride[0], compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (auto [b, t, channels, gap] : {std::array<int64_t, 4>{0, 3, 5, 0},
                                       {1, 0, 5, 0},
                                       {1, 3, 0, 0},
                                       {1, 1, 1, 0},
                                       {3, 3, 31, 0},
                                       {2, 3, 32, 1},
                                       {2, 5, 33, 4},
                                       {2, 5, 32, 4},
                                       {3, 2, 2052, 0},
                                       {2, 801, 201, 0}}) {
      all.push_back({device, b, t, channels, gap});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Prelu, PreluTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_c" + std::to_string(c.channels) + "_gap" + std::to_string(c.gap);
});

TEST(PreluErrors, NamesTheArgument) {
  std::vector<float> x(12);
  const std::vector<float> slope(8, 1.0f);
  PreluArgs args;
  args.x = make_view<3>(x.data(), {1, 3, 4});
  args.slope = make_view<1>(slope.data(), {3});
  const auto message = [&]() -> std::string {
    try {
      prelu(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(), "prelu: slope: got (3), wanted (4)");
  args.slope = {slope.data(), {4}, {2}};
  EXPECT_EQ(message(), "prelu: slope: got last stride 2, wanted 1");
}

}  // namespace
}  // namespace serene
