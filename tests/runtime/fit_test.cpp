#include "runtime/src/fit.h"

#include <gtest/gtest.h>

#include <vector>

namespace serene::runtime {
namespace {

using models::Fit;
using models::FitRule;

std::vector<float> fitted(const std::vector<float>& clip, const Fit& fit) {
  std::vector<float> result(static_cast<size_t>(fitted_size(std::ssize(clip), fit)), -1.0f);
  fit_clip(clip, fit, result);
  return result;
}

TEST(Fit, TilesPadsCutsAndCopies) {
  const std::vector<float> clip{1, 2, 3};
  const double five = 5.0 / 16000.0, two = 2.0 / 16000.0;
  EXPECT_EQ(fitted(clip, Fit{FitRule::tile, five}), (std::vector<float>{1, 2, 3, 1, 2}));
  EXPECT_EQ(fitted(clip, Fit{FitRule::tile, 9.0 / 16000.0}), (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(fitted(clip, Fit{FitRule::pad, five}), (std::vector<float>{1, 2, 3, 0, 0}));
  EXPECT_EQ(fitted(clip, Fit{FitRule::tile, two}), (std::vector<float>{1, 2}));
  EXPECT_EQ(fitted(clip, Fit{FitRule::pad, two}), (std::vector<float>{1, 2}));
  EXPECT_EQ(fitted(clip, Fit{}), clip);
}

TEST(Fit, CountsSamples) {
  EXPECT_EQ(fit_samples(Fit{FitRule::tile, 5}), 80000);
  EXPECT_EQ(fit_samples(Fit{FitRule::pad, 0.1}), 1600);
  EXPECT_EQ(fit_samples(Fit{}), 0);
}

}  // namespace
}  // namespace serene::runtime
