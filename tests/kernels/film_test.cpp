#include "kernels/film/film.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, width, padding;  // padding: unused floats at the end of each row
};

class FilmTest : public testing::TestWithParam<Case> {};

TEST_P(FilmTest, MatchesReference) {
  const auto [device, b, e, padding] = GetParam();
  const int64_t ld = e + padding;
  const std::vector<float> h = test::random_values(b * ld, 1), c = test::random_values(b, 2);
  const std::vector<float> sw = test::random_values(e, 3), sb = test::random_values(e, 4);
  const std::vector<float> tw = test::random_values(e, 5), tb = test::random_values(e, 6);
  const std::vector<float> h_before = h;

  GuardedBuffer y(b * e), again(b * e);
  FilmArgs args;
  args.h = {h.data(), {b, e}, {ld, 1}};
  args.coefficient = make_view<1>(c.data(), {b});
  args.scale_weight = make_view<1>(sw.data(), {e});
  args.scale_bias = make_view<1>(sb.data(), {e});
  args.shift_weight = make_view<1>(tw.data(), {e});
  args.shift_bias = make_view<1>(tb.data(), {e});
  args.y = make_view<2>(y.data(), {b, e});
  const test::TestStream stream(device);
  film(args, stream);

  std::vector<double> ref;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t j = 0; j < e; ++j) {
      ref.push_back((double(sw[j]) * c[i] + sb[j]) * h[i * ld + j] + (double(tw[j]) * c[i] + tb[j]));
    }
  }
  test::expect_close({y.data(), size_t(b * e)}, ref, test::tolerance(1, test::magnitude(ref), 2));
  y.expect_bands_untouched();
  EXPECT_EQ(h, h_before);

  args.y = make_view<2>(again.data(), {b, e});
  film(args, stream);
  EXPECT_TRUE(y.same_bits(again));
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (auto [b, e, padding] : {std::array<int64_t, 3>{1, 1, 0},
                                 {0, 8, 0},
                                 {1, 0, 0},
                                 {3, 31, 0},
                                 {3, 32, 5},
                                 {2, 33, 1},
                                 {7, 256, 0},
                                 {1, 4099, 3}}) {
      all.push_back({device, b, e, padding});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Film, FilmTest, testing::ValuesIn(cases()), [](const auto& tested) {
  return std::string(device_name(tested.param.device)) + "_b" + std::to_string(tested.param.batch) + "_e" +
         std::to_string(tested.param.width) + "_pad" + std::to_string(tested.param.padding);
});

TEST(FilmErrors, NamesTheArgument) {
  const std::vector<float> values(8, 1.0f);
  std::vector<float> out(8);
  FilmArgs args;
  args.h = make_view<2>(values.data(), {2, 4});
  args.coefficient = make_view<1>(values.data(), {3});
  args.scale_weight = args.scale_bias = args.shift_weight = args.shift_bias =
      make_view<1>(values.data(), {4});
  args.y = make_view<2>(out.data(), {2, 4});
  try {
    film(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "film: coefficient: got (3), wanted (2)");
  }
}

}  // namespace
}  // namespace serene
