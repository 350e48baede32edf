#include "kernels/add_positions/add_positions.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;
using test::RaggedClips;

struct Case {
  Device device;
  std::vector<int64_t> lengths;
  int64_t channels, positions, padding;
  bool in_place = false;
};

class AddPositionsTest : public testing::TestWithParam<Case> {};

TEST_P(AddPositionsTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips all(c.lengths);
  const std::vector<float> x = test::random_values(all.rows() * c.channels, 1);
  Map<2> table({c.positions, c.channels}, {c.positions, c.channels + c.padding}, {0, 0});
  table.fill(test::random_values(c.positions * c.channels, 2));
  const Map<2> table_before = table;
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const RaggedClips clips({c.lengths.begin() + first, c.lengths.begin() + first + count});
    Map<2> in({clips.rows(), c.channels}, {clips.rows(), c.channels + c.padding}, {0, 0});
    Map<2> out = in;
    in.fill({x.begin() + all.begin(first) * c.channels, x.begin() + all.begin(first + count) * c.channels});
    const Map<2> before = in;
    AddPositionsArgs args;
    args.x = std::as_const(in).view();
    args.clips = clips.get();
    args.table = std::as_const(table).view();
    args.y = c.in_place ? in.view() : out.view();
    add_positions(args, test::TestStream(c.device, threads));
    if (!c.in_place) {
      EXPECT_TRUE(in.same_bits(before));
    }
    const Map<2>& y = c.in_place ? in : out;
    y.expect_only_view_written();
    return y.values();
  };
  const std::vector<float> positions = table.values();
  std::vector<double> ref;
  for (int64_t b = 0; b < all.clips(); ++b) {
    for (int64_t i = 0; i < all.length(b) * c.channels; ++i)
      ref.push_back(static_cast<double>(x[all.begin(b) * c.channels + i]) + positions[i]);
  }
  const std::vector<float> y = run(2, 0, all.clips());
  test::expect_close(y, ref, test::tolerance(1, test::magnitude(ref)));
  EXPECT_TRUE(table.same_bits(table_before));
  test::expect_same_alone(c.device, all.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, 3, 0});
    all.push_back({device, {1}, 1, 1, 0});
    all.push_back({device, {0, 3, 0, 1}, 31, 3, 2});
    all.push_back({device, {33, 31, 32}, 33, 40, 1, true});
    all.push_back({device, {2, 65}, 32, 65, 0});
    if (device != Device::executor) all.push_back({device, {250, 1500}, 512, 1500, 0, true});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(AddPositions, AddPositionsTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) + "_c" +
         std::to_string(c.channels) + "_pad" + std::to_string(c.padding) + (c.in_place ? "_in_place" : "");
});

TEST(AddPositionsErrors, NamesTheArgument) {
  std::vector<float> values(12, 1.0f);
  const RaggedClips clips({1, 2});
  AddPositionsArgs args;
  args.x = make_view<2, const float>(values.data(), {3, 4});
  args.clips = clips.get();
  args.table = make_view<2, const float>(values.data(), {1, 4});
  args.y = make_view<2>(values.data(), {3, 4});
  EXPECT_EQ(
      test::refusal([&] { add_positions(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "add_positions: table: got 1 positions, wanted at least 2");
}

}  // namespace
}  // namespace serene
