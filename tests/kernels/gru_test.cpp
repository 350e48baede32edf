#include "kernels/gru/gru.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/reference.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;
using test::RaggedClips;

struct Case {
  Device device;
  std::vector<int64_t> lengths;
  int64_t units;
};

class GruTest : public testing::TestWithParam<Case> {};

TEST_P(GruTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const int64_t u = c.units;
  const float unit = 1 / std::sqrt(static_cast<float>(u));
  const std::vector<float> values = test::random_values(clips.rows() * 6 * u, 1),
                           bias = test::random_values(6 * u, 2),
                           weights[] = {test::random_values(3 * u * u, 3, unit),
                                        test::random_values(3 * u * u, 4, unit)};
  const PackedMatrix packed[] = {PackedMatrix::from_rows(weights[0], 3 * u, u),
                                 PackedMatrix::from_rows(weights[1], 3 * u, u)};
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    Map<2> gates({some.rows(), 6 * u}, {some.rows(), 6 * u + 5}, {0, 0}),
        y({some.rows(), 2 * u}, {some.rows(), 2 * u + 3}, {0, 0});
    gates.fill(
        {values.begin() + clips.begin(first) * 6 * u, values.begin() + clips.begin(first + count) * 6 * u});
    const Map<2> before = gates;
    GruArgs args;
    args.gates = std::as_const(gates).view();
    args.clips = some.get();
    args.forward = &packed[0];
    args.backward = &packed[1];
    args.bias = make_view<2>(bias.data(), {2, 3 * u});
    args.y = y.view();
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(gru_workspace(u, stream));
    args.workspace = workspace.get();
    gru(args, stream);
    EXPECT_TRUE(gates.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };

  std::vector<double> ref(clips.rows() * 2 * u);
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int back : {0, 1}) {
      std::vector<double> h(u);
      for (int64_t step = 0; step < clips.length(b); ++step) {
        const int64_t row = back == 0 ? clips.begin(b) + step : clips.begin(b + 1) - 1 - step;
        const float* in = values.data() + (row * 2 + back) * 3 * u;
        std::vector<double> hidden(3 * u);
        for (int64_t o = 0; o < 3 * u; ++o) {
          hidden[o] = bias[back * 3 * u + o];
          for (int64_t k = 0; k < u; ++k) hidden[o] += weights[back][o * u + k] * h[k];
        }
        for (int64_t i = 0; i < u; ++i) {
          const double r = test::sigmoid(in[i] + hidden[i]), z = test::sigmoid(in[u + i] + hidden[u + i]);
          const double n = std::tanh(in[2 * u + i] + r * hidden[2 * u + i]);
          h[i] = (1 - z) * n + z * h[i];
          ref[row * 2 * u + back * u + i] = h[i];
        }
      }
    }
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  // |h| is below 1, and each step reduces the error of the last one: the bound is for the roundings of a few
  // steps.
  test::expect_close(y, ref, test::tolerance(u, 1, 4));
  test::expect_same_alone(c.device, clips.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4});
    all.push_back({device, {0, 1, 0}, 1});
    all.push_back({device, {3, 7, 1, 5, 2, 0}, 3});
    all.push_back({device, {2, 5}, 16});
    all.push_back({device, {6}, 33});
    all.push_back({device, {2, 1}, 196});
    all.push_back({device, {2, 1}, 258});
    all.push_back({device, {2}, 1368});  // more than a GPU has threads for
    if (device == Device::executor) continue;
    all.push_back({device, {300, 12, 31, 64, 5, 33, 299}, 64});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Gru, GruTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) + "_u" +
         std::to_string(c.units);
});

TEST(GruErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const RaggedClips clips({2});
  const PackedMatrix weight = PackedMatrix::from_rows({values.data(), 12}, 6, 2),
                     other = PackedMatrix::from_rows({values.data(), 10}, 5, 2);
  GruArgs args;
  args.gates = make_view<2, const float>(values.data(), {2, 12});
  args.clips = clips.get();
  args.forward = &weight;
  args.backward = &other;
  args.bias = make_view<2, const float>(values.data(), {2, 5});
  args.y = make_view<2>(values.data(), {2, 4});
  const test::TestStream stream(Device::cpu);
  const auto message = [&] { return test::refusal([&] { gru(args, stream); }, ErrorKind::invalid_argument); };
  EXPECT_EQ(message(), "gru: backward: got (2, 5), wanted (2, 6)");
  args.backward = &weight;
  EXPECT_EQ(message(), "gru: bias: got (2, 5), wanted (2, 6)");
}

}  // namespace
}  // namespace serene
