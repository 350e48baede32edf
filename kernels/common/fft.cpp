#include "kernels/common/fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "kernels/common/checks.h"

namespace serene {
namespace {

using Complex = std::complex<double>;

// std::complex's operator* checks for NaN and infinities; plain arithmetic does here.
inline Complex times(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

Complex root(int64_t k, int64_t n) {
  const double angle = -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

}  // namespace

RealFft::RealFft(int64_t n) : n_(n), half_(n / 2) {
  int64_t rest = half_;
  for (int radix : {5, 4, 3, 2}) {
    for (; rest > 1 && rest % radix == 0; rest /= radix) radices_.push_back(radix);
  }
  if (n < 2 || n % 2 != 0 || rest != 1)
    bad_argument("fft", "n", std::to_string(n), "even, n / 2 = 2^a 3^b 5^c");
  for (int64_t k = 0; k < half_; ++k) twiddles_.push_back(root(k, half_));
  for (int64_t k = 0; k <= half_; ++k) real_twiddles_.push_back(root(k, n_));
}

void RealFft::complex_forward(Complex* data, Complex* work) const {
  // Stockham autosort: before a pass with radix r, `data` holds s interleaved transforms of length m.
  Complex *from = data, *to = work;
  int64_t m = half_, s = 1;
  for (const int r : radices_) {
    const int64_t next = m / r;
    for (int64_t p = 0; p < next; ++p) {
      for (int64_t q = 0; q < s; ++q) {
        Complex x[5], y[5];
        for (int j = 0; j < r; ++j) x[j] = from[q + s * (p + next * j)];
        switch (r) {
          case 2:
            y[0] = x[0] + x[1];
            y[1] = x[0] - x[1];
            break;
          case 4: {
            const Complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
            const Complex minus_i_d(d.imag(), -d.real());
            y[0] = a + c;
            y[1] = b + minus_i_d;
            y[2] = a - c;
            y[3] = b - minus_i_d;
            break;
          }
          default:
            for (int k = 0; k < r; ++k) {
              y[k] = x[0];
              for (int j = 1; j < r; ++j) y[k] += times(x[j], twiddles_[(j * k) % r * (half_ / r)]);
            }
        }
        to[q + s * (r * p)] = y[0];
        for (int k = 1; k < r; ++k) to[q + s * (r * p + k)] = times(y[k], twiddles_[(p * k) % m * s]);
      }
    }
    std::swap(from, to);
    m = next;
    s *= r;
  }
  if (from != data) std::copy_n(from, half_, data);
}

void RealFft::forward(const double* frame, Complex* spectrum, double* scratch) const {
  auto* z = reinterpret_cast<Complex*>(scratch);
  Complex* work = z + half_;
  for (int64_t t = 0; t < half_; ++t) z[t] = {frame[2 * t], frame[2 * t + 1]};
  complex_forward(z, work);
  for (int64_t k = 0; k <= half_; ++k) {
    const Complex a = z[k % half_], b = std::conj(z[(half_ - k) % half_]);
    const Complex even = 0.5 * (a + b), difference = 0.5 * (a - b);
    const Complex odd(difference.imag(), -difference.real());
    spectrum[k] = even + times(real_twiddles_[k], odd);
  }
}

void RealFft::inverse(const Complex* spectrum, double* frame, double* scratch) const {
  auto* z = reinterpret_cast<Complex*>(scratch);
  Complex* work = z + half_;
  for (int64_t k = 0; k < half_; ++k) {
    Complex a = spectrum[k], b = std::conj(spectrum[half_ - k]);
    if (k == 0) {
      a = a.real();
      b = b.real();
    }
    const Complex even = 0.5 * (a + b), odd = times(0.5 * (a - b), std::conj(real_twiddles_[k]));
    // z = even + i odd, conjugated, because the inverse is the conjugate of the forward transform's.
    z[k] = std::conj(Complex(even.real() - odd.imag(), even.imag() + odd.real()));
  }
  complex_forward(z, work);
  const double scale = 1.0 / static_cast<double>(half_);
  for (int64_t t = 0; t < half_; ++t) {
    frame[2 * t] = z[t].real() * scale;
    frame[2 * t + 1] = -z[t].imag() * scale;
  }
}

}  // namespace serene
