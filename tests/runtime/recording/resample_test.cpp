// Resampling against the sine it should give.
#include "runtime/recording/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/cli/audio/audio_files.h"

namespace serene::test {
namespace {

constexpr double kRate = 16000;

std::vector<float> resampled(std::span<const float> in, int rate, size_t block) {
  runtime::Resampler resampler(rate);
  std::vector<float> out;
  for (size_t i = 0; i < in.size(); i += block)
    resampler.push(in.subspan(i, std::min(block, in.size() - i)), out);
  resampler.finish(out);
  return out;
}

class ResampleTest : public testing::TestWithParam<int> {};

TEST_P(ResampleTest, KeepsFrequencyAmplitudePhaseAndLength) {
  const int rate = GetParam();
  const double hertz = 997, amplitude = 0.5;
  const std::vector<float> in = sine(hertz, amplitude, rate, 1.0);
  const std::vector<float> out = resampled(in, rate, 4096);
  const double wanted = static_cast<double>(in.size()) * kRate / rate;
  EXPECT_NEAR(static_cast<double>(out.size()), wanted, 1);
  // Away from the ends, where the filter sees the silence around the recording.
  double worst = 0;
  for (size_t i = 800; i + 800 < out.size(); ++i) {
    worst = std::max(worst, std::abs(out[i] - sine_at(hertz, amplitude, static_cast<double>(i) / kRate)));
  }
  // soxr's high quality promises 20 bits.
  EXPECT_LT(worst, amplitude * std::exp2(-16));
}

TEST_P(ResampleTest, DoesNotDependOnTheBlocks) {
  const int rate = GetParam();
  const std::vector<float> in = sine(997, 0.5, rate, 0.2);
  const std::vector<float> whole = resampled(in, rate, in.size());
  for (const size_t block : {size_t{1}, size_t{7}, size_t{1000}})
    EXPECT_EQ(resampled(in, rate, block), whole) << block;
}

TEST_P(ResampleTest, OneSampleStaysASample) {
  EXPECT_GE(resampled(std::vector{0.5f}, GetParam(), 1).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Rates, ResampleTest,
                         testing::Values(8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000));

class AliasTest : public testing::TestWithParam<int> {};

TEST_P(AliasTest, ATonePastTheNewRateIsTakenOut) {
  const int rate = GetParam();
  const std::vector<float> out = resampled(sine(12000, 0.5, rate, 1.0), rate, 4096);
  float peak = 0;
  for (size_t i = 800; i + 800 < out.size(); ++i) peak = std::max(peak, std::abs(out[i]));
  EXPECT_LT(peak, 1e-5f);
}

INSTANTIATE_TEST_SUITE_P(Rates, AliasTest, testing::Values(44100, 48000, 96000, 192000));

TEST(ResamplePassThroughTest, SixteenKilohertzIsUntouched) {
  const std::vector<float> in = sine(997, 0.5, 16000, 0.1);
  EXPECT_EQ(resampled(in, 16000, 100), in);
}

}  // namespace
}  // namespace serene::test
