// What a build without soxr says.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/recording/resample.h"

namespace serene::runtime {
namespace {

TEST(NoResamplerTest, SixteenKilohertzPassesThrough) {
  EXPECT_FALSE(can_resample());
  const std::vector<float> in{0.1f, -0.2f, 0.3f};
  std::vector<float> out;
  Resampler resampler(16000);
  resampler.push(in, out);
  resampler.finish(out);
  EXPECT_EQ(out, in);
}

TEST(NoResamplerTest, AnyOtherRateIsRefused) {
  for (const int rate : {1000, 15999, 44100, 768000}) {
    try {
      Resampler resampler(rate);
      FAIL() << rate;
    } catch (const ResampleError& error) {
      EXPECT_EQ(error.what(),
                std::to_string(rate) +
                    " Hz: this build takes 16000 Hz alone, as it has no resampler (SERENE_SOXR)");
    }
  }
}

}  // namespace
}  // namespace serene::runtime
