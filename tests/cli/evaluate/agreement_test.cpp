// CCC, Pearson's correlation and RMSE to NumPy's numbers:
//   ccc  = 2 * mean((x - mx) * (y - my)) / (x.var() + y.var() + (mx - my) ** 2), var and mean over n
//   r    = np.corrcoef(x, y)[0, 1]
//   rmse = np.sqrt(np.mean((x - y) ** 2))
#include "cli/evaluate/agreement.h"

#include <gtest/gtest.h>

#include <vector>

namespace serene::cli {
namespace {

const std::vector<double> kX{0.1, 0.35, 0.5, 0.8, 0.65, 0.2}, kY{0.15, 0.3, 0.7, 0.75, 0.4, 0.25};

Agreement agreement(const std::vector<double>& x, const std::vector<double>& y, double shift = 0) {
  Agreement all;
  for (size_t i = 0; i < x.size(); ++i) all.add(x[i] + shift, y[i] + shift);
  return all;
}

TEST(AgreementTest, IsWhatNumpySays) {
  const Agreement all = agreement(kX, kY);
  EXPECT_EQ(all.total(), 6);
  EXPECT_NEAR(all.ccc().value(), 0.8301886792452831, 1e-14);
  EXPECT_NEAR(all.pearson().value(), 0.8335486371305786, 1e-14);
  EXPECT_NEAR(all.rmse().value(), 0.13693063937629152, 1e-14);
}

TEST(AgreementTest, LargeNumbersCostNoDigitsOfTheirSpread) {
  // A ten-millionth is the spacing of doubles here, relative to the spread some 1e-7.
  const Agreement all = agreement(kX, kY, 1e8);
  EXPECT_NEAR(all.ccc().value(), 0.8301886792452831, 1e-6);
  EXPECT_NEAR(all.pearson().value(), 0.8335486371305786, 1e-6);
}

TEST(AgreementTest, AnOffsetAndAScaleCostConcordanceAlone) {
  Agreement offset, twice, against;
  for (const double x : {1.0, 2.0, 3.0}) {
    offset.add(x, x + 1);
    twice.add(x, 2 * x);
    against.add(x, 4 - x);
  }
  // Variance 2/3 each: 2 (2/3) / (2/3 + 2/3 + 1).
  EXPECT_NEAR(offset.ccc().value(), 4.0 / 7, 1e-15);
  EXPECT_NEAR(offset.pearson().value(), 1, 1e-15);
  EXPECT_NEAR(offset.rmse().value(), 1, 1e-15);
  // 2 (4/3) / (2/3 + 8/3 + 4).
  EXPECT_NEAR(twice.ccc().value(), 4.0 / 11, 1e-15);
  EXPECT_NEAR(against.ccc().value(), -1, 1e-15);
  EXPECT_NEAR(against.pearson().value(), -1, 1e-15);
}

TEST(AgreementTest, WhatIsNotDefinedIsNothing) {
  EXPECT_FALSE(Agreement().ccc());
  EXPECT_FALSE(Agreement().pearson());
  EXPECT_FALSE(Agreement().rmse());
  Agreement one;
  one.add(0.5, 0.25);
  EXPECT_EQ(one.ccc().value(), 0);
  EXPECT_FALSE(one.pearson());
  EXPECT_EQ(one.rmse().value(), 0.25);
  Agreement same;
  same.add(0.5, 0.5);
  same.add(0.5, 0.5);
  EXPECT_FALSE(same.ccc());
  EXPECT_FALSE(same.pearson());
  EXPECT_EQ(same.rmse().value(), 0);
}

}  // namespace
}  // namespace serene::cli
