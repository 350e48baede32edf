#include "kernels/common/view.h"

#include <gtest/gtest.h>

#include <vector>

namespace serene {
namespace {

TEST(View, IsRowMajorWhenMade) {
  std::vector<float> values(24);
  const View<float, 3> view = make_view<3>(values.data(), {2, 3, 4});
  EXPECT_EQ(view.stride, (std::array<int64_t, 3>{12, 4, 1}));
  EXPECT_EQ(view.numel(), 24);
  EXPECT_TRUE(view.contiguous());
  EXPECT_EQ(view.size(1), 3);
}

TEST(View, DropsTheFirstDimension) {
  std::vector<float> values(24);
  const View<float, 3> view = make_view<3>(values.data(), {2, 3, 4});
  const View<float, 1> row = view[1][2];
  EXPECT_EQ(row.data, values.data() + 12 + 8);
  EXPECT_EQ(row.shape, (std::array<int64_t, 1>{4}));
  EXPECT_EQ(row.stride, (std::array<int64_t, 1>{1}));
}

TEST(View, TurnsConst) {
  std::vector<float> values(6);
  const View<float, 2> view{values.data(), {2, 2}, {3, 1}};
  const View<const float, 2> constant = view;
  EXPECT_EQ(constant.data, view.data);
  EXPECT_EQ(constant.shape, view.shape);
  EXPECT_EQ(constant.stride, view.stride);
}

TEST(View, KnowsWhereItIsContiguous) {
  std::vector<float> values(64);
  const auto contiguous = [&](std::array<int64_t, 2> shape, std::array<int64_t, 2> stride) {
    return View<float, 2>{values.data(), shape, stride}.contiguous();
  };
  EXPECT_TRUE(contiguous({3, 4}, {4, 1}));
  EXPECT_FALSE(contiguous({3, 4}, {5, 1}));
  EXPECT_FALSE(contiguous({3, 4}, {8, 2}));
  EXPECT_FALSE(contiguous({4, 3}, {1, 4}));
  // The stride of a dimension of one is never walked.
  EXPECT_TRUE(contiguous({1, 4}, {99, 1}));
  EXPECT_TRUE(contiguous({4, 1}, {1, 99}));
}

TEST(View, MayBeEmpty) {
  const View<float, 2> view = make_view<2>(static_cast<float*>(nullptr), {0, 4});
  EXPECT_EQ(view.numel(), 0);
  EXPECT_TRUE(view.contiguous());
  const View<float, 2> none;
  EXPECT_EQ(none.data, nullptr);
  EXPECT_EQ(none.numel(), 0);
}

}  // namespace
}  // namespace serene
