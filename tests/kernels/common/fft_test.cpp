#include "kernels/common/fft.h"

#include <numbers>

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

class FftTest : public testing::TestWithParam<int64_t> {};

// Roundings of a double transform of n points: test::tolerance counts in float's.
double bound(int64_t n, double magnitude) {
  const double ratio = std::numeric_limits<double>::epsilon() / std::numeric_limits<float>::epsilon();
  return ratio * test::tolerance(n, magnitude, 2);
}

TEST_P(FftTest, MatchesNaiveTransform) {
  const int64_t n = GetParam();
  const RealFft fft(n);
  ASSERT_EQ(fft.n(), n);
  ASSERT_EQ(fft.bins(), n / 2 + 1);
  const std::vector<double> frame = test::to_double(test::random_values(n, 1)), frame_before = frame;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::complex<double>> spectrum(static_cast<size_t>(fft.bins()), {nan, nan});
  std::vector<double> scratch(static_cast<size_t>(fft.scratch_size()), nan);
  fft.forward(frame.data(), spectrum.data(), scratch.data());
  EXPECT_EQ(frame, frame_before);
  for (int64_t k = 0; k < fft.bins(); ++k) {
    long double re = 0, im = 0, size = 0;
    for (int64_t t = 0; t < n; ++t) {
      const long double angle = -2 * std::numbers::pi_v<long double> * static_cast<long double>(k * t % n) /
                                static_cast<long double>(n);
      re += frame[t] * std::cos(angle);
      im += frame[t] * std::sin(angle);
      size = std::max(size, std::abs(static_cast<long double>(frame[t])));
    }
    const double allowed = bound(n, static_cast<double>(size) * std::sqrt(static_cast<double>(n)));
    ASSERT_NEAR(spectrum[k].real(), static_cast<double>(re), allowed) << "bin " << k;
    ASSERT_NEAR(spectrum[k].imag(), static_cast<double>(im), allowed) << "bin " << k;
  }
}

TEST_P(FftTest, InverseGivesTheFrameBack) {
  const int64_t n = GetParam();
  const RealFft fft(n);
  const std::vector<double> frame = test::to_double(test::random_values(n, 2));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::complex<double>> spectrum(static_cast<size_t>(fft.bins()));
  std::vector<double> back(static_cast<size_t>(n), nan);
  std::vector<double> scratch(static_cast<size_t>(fft.scratch_size()), nan);
  fft.forward(frame.data(), spectrum.data(), scratch.data());
  // Imaginary parts of the ends do not count.
  spectrum.front() += std::complex<double>(0, 3);
  spectrum.back() += std::complex<double>(0, 5);
  const auto spectrum_before = spectrum;
  std::fill(scratch.begin(), scratch.end(), nan);
  fft.inverse(spectrum.data(), back.data(), scratch.data());
  EXPECT_EQ(spectrum, spectrum_before);
  for (int64_t t = 0; t < n; ++t)
    ASSERT_NEAR(back[t], frame[t], bound(n, test::magnitude(frame))) << "sample " << t;
}

INSTANTIATE_TEST_SUITE_P(Fft, FftTest, testing::Values(2, 4, 6, 8, 10, 12, 30, 64, 400, 512, 1000, 1440),
                         [](const auto& tested) {
                           return std::string("n").append(std::to_string(tested.param));
                         });

TEST(FftErrors, NamesTheLength) {
  for (int64_t n : {-2, -1, 0, 1, 3, 5, 14, 22, 401}) {
    try {
      const RealFft fft(n);
      ADD_FAILURE() << "no error for " << n;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      EXPECT_EQ(error.what(), "fft: n: got " + std::to_string(n) + ", wanted even, n / 2 = 2^a 3^b 5^c");
    }
  }
}

}  // namespace
}  // namespace serene
