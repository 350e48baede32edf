#include "kernels/position_bias/position_bias.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t buckets, largest, heads, reach, padding;
};

class PositionBiasTest : public testing::TestWithParam<Case> {};

// The published code's own rule, with its logarithms in double.
int64_t bucket_of(int64_t r, int64_t buckets, int64_t largest) {
  const int64_t n = buckets / 2, e = n / 2, a = std::abs(r);
  int64_t bucket = a;
  if (a >= e) {
    const double ratio = std::log(double(a) / double(e)) / std::log(double(largest) / double(e));
    bucket = std::min<int64_t>(n - 1, static_cast<int64_t>(std::floor(double(e) + ratio * double(n - e))));
  }
  return bucket + (r > 0 ? n : 0);
}

TEST_P(PositionBiasTest, TakesEachDistancesBucket) {
  const auto [device, buckets, largest, heads, reach, padding] = GetParam();
  Map<2> table({buckets, heads}, {buckets, heads + padding}, {0, 0});
  table.fill(test::random_values(buckets * heads, 1));
  const Map<2> before = table;
  const std::vector<float> values = table.values();
  Map<2> y({heads, 2 * reach + 1}, {heads, 2 * reach + 1 + padding}, {0, 0});
  PositionBiasArgs args;
  args.table = std::as_const(table).view();
  args.largest = largest;
  args.y = y.view();
  position_bias(args, test::TestStream(device));
  y.expect_only_view_written();
  EXPECT_TRUE(table.same_bits(before));
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t r = -reach; r <= reach; ++r) {
      ASSERT_EQ(y.view()[h].data[reach + r], values[bucket_of(r, buckets, largest) * heads + h])
          << "head " << h << ", distance " << r;
    }
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, 320, 800, 2, 0, 0});
    all.push_back({device, 320, 800, 3, 1, 2});
    all.push_back({device, 4, 2, 1, 40, 1});
    all.push_back({device, 320, 800, 12, 900, 0});
    all.push_back({device, 160, 400, 3, 500, 5});
    if (device != Device::executor) all.push_back({device, 320, 800, 16, 4000, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(PositionBias, PositionBiasTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.buckets) + "_h" +
         std::to_string(c.heads) + "_r" + std::to_string(c.reach) + "_pad" + std::to_string(c.padding);
});

// As transformers has them for 320 buckets and 800.
TEST(PositionBiasBuckets, ArePublishedOnes) {
  for (Device device : test::devices()) {
    std::vector<float> table(320), y(2 * 800 - 1);
    for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
    PositionBiasArgs args;
    args.table = make_view<2>(table.data(), {320, 1});
    args.largest = 800;
    args.y = make_view<2>(y.data(), {1, 1599});
    position_bias(args, test::TestStream(device));
    const std::vector<std::pair<int64_t, int64_t>> known{{79, 79},   {80, 80},   {100, 87},
                                                         {148, 101}, {399, 135}, {799, 159}};
    for (const auto& [apart, bucket] : known) {
      EXPECT_EQ(y[799 - apart], static_cast<float>(bucket)) << apart;
      EXPECT_EQ(y[799 + apart], static_cast<float>(160 + bucket)) << apart;
    }
    EXPECT_EQ(y[799], 0);
  }
}

TEST(PositionBiasErrors, NamesTheArgument) {
  std::vector<float> values(32, 1.0f);
  PositionBiasArgs args;
  args.table = make_view<2>(values.data(), {8, 2});
  args.largest = 2;
  args.y = make_view<2>(values.data(), {2, 5});
  EXPECT_EQ(
      test::refusal([&] { position_bias(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "position_bias: largest: got something else, wanted more than a quarter of the buckets");
}

}  // namespace
}  // namespace serene
