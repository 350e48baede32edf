#include "kernels/log_softmax/log_softmax.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, classes, padding;
  float size = 1;  // of the logits
};

class LogSoftmaxTest : public testing::TestWithParam<Case> {};

TEST_P(LogSoftmaxTest, MatchesReference) {
  const auto [device, rows, classes, padding, size] = GetParam();
  const Map<2> empty({rows, classes}, {rows, classes + padding}, {0, 0});
  Map<2> x = empty;
  x.fill(test::random_values(rows * classes, 1, size));
  const Map<2> before = x;
  const std::vector<float> values = x.values();
  const auto run = [&](int threads) {
    Map<2> y = empty;
    log_softmax({std::as_const(x).view(), y.view()}, test::TestStream(device, threads));
    return y;
  };
  std::vector<double> ref;
  for (int64_t r = 0; r < rows; ++r) {
    const float* row = values.data() + r * classes;
    const double largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (int64_t k = 0; k < classes; ++k) sum += std::exp(row[k] - largest);
    for (int64_t k = 0; k < classes; ++k) ref.push_back(row[k] - largest - std::log(sum));
  }
  const Map<2> y = run(2);
  // In double but for the last rounding.
  test::expect_close(y.values(), ref, test::tolerance(1, test::magnitude(ref)));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(before));
  for (int threads : test::thread_counts(device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  log_softmax({std::as_const(x).view(), x.view()}, test::TestStream(device));
  EXPECT_EQ(x.values(), y.values()) << "in place";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, 0, 4, 0});
    all.push_back({device, 1, 1, 0});
    all.push_back({device, 3, 4, 2});
    all.push_back({device, 33, 31, 0});
    all.push_back({device, 7, 33, 1, 1000});
    if (device != Device::executor) all.push_back({device, 500, 1000, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LogSoftmax, LogSoftmaxTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_k" +
         std::to_string(c.classes) + "_pad" + std::to_string(c.padding);
});

TEST(LogSoftmaxErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const LogSoftmaxArgs args{make_view<2, const float>(values.data(), {2, 0}),
                            make_view<2>(values.data(), {2, 0})};
  EXPECT_EQ(
      test::refusal([&] { log_softmax(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "log_softmax: x: got something else, wanted a class at the least");
}

}  // namespace
}  // namespace serene
