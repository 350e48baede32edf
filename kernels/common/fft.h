// Discrete Fourier transforms of real frames on the CPU, in double: frames are short and few, and logarithms
// of small mel energies want the digits.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace serene {

// Transform of n real samples, n even with n / 2 a product of 2, 3 and 5. Immutable after construction; safe
// to share between threads.
class RealFft {
 public:
  explicit RealFft(int64_t n);

  int64_t n() const { return n_; }
  int64_t bins() const { return n_ / 2 + 1; }
  // Doubles of scratch that forward and inverse need.
  int64_t scratch_size() const { return 3 * n_; }

  // spectrum (bins) = sum_t frame[t] exp(-2 pi i k t / n).
  void forward(const double* frame, std::complex<double>* spectrum, double* scratch) const;
  // frame (n) = 1/n sum over the Hermitian completion of spectrum (bins); imaginary parts of the first and
  // the last bin are ignored.
  void inverse(const std::complex<double>* spectrum, double* frame, double* scratch) const;

 private:
  // Complex transform of n / 2 points, Stockham order; result in `data`, `work` is overwritten.
  void complex_forward(std::complex<double>* data, std::complex<double>* work) const;

  int64_t n_, half_;
  std::vector<int> radices_;
  std::vector<std::complex<double>> twiddles_;       // exp(-2 pi i k / half), k < half
  std::vector<std::complex<double>> real_twiddles_;  // exp(-2 pi i k / n), k <= half
};

}  // namespace serene
