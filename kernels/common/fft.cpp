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

// y = the transform of R values; roots (R) are exp(-2 pi i k / R).
template <int R>
void butterfly(const Complex (&x)[R], const Complex (&roots)[R], Complex (&y)[R]) {
  if constexpr (R == 2) {
    y[0] = x[0] + x[1];
    y[1] = x[0] - x[1];
  } else if constexpr (R == 4) {
    const Complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
    const Complex minus_i_d(d.imag(), -d.real());
    y[0] = a + c;
    y[1] = b + minus_i_d;
    y[2] = a - c;
    y[3] = b - minus_i_d;
  } else {
#pragma GCC unroll 8
    for (int k = 0; k < R; ++k) {
      y[k] = x[0];
#pragma GCC unroll 8
      for (int j = 1; j < R; ++j) y[k] += times(x[j], roots[j * k % R]);
    }
  }
}

// One pass of radix R over s interleaved transforms of R * next points; twiddles (half) are exp(-2 pi i k /
// half).
template <int R>
void pass(const Complex* from, Complex* to, int64_t next, int64_t s, const std::vector<Complex>& twiddles) {
  const int64_t half = static_cast<int64_t>(twiddles.size());
  Complex roots[R];
  for (int k = 0; k < R; ++k) roots[k] = twiddles[k * (half / R)];
  for (int64_t p = 0; p < next; ++p) {
    Complex turn[R];
    for (int k = 1; k < R; ++k) turn[k] = twiddles[p * k * s];
    for (int64_t q = 0; q < s; ++q) {
      Complex x[R], y[R];
      for (int j = 0; j < R; ++j) x[j] = from[q + s * (p + next * j)];
      butterfly(x, roots, y);
      to[q + s * (R * p)] = y[0];
      for (int k = 1; k < R; ++k) to[q + s * (R * p + k)] = times(y[k], turn[k]);
    }
  }
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
    switch (r) {
      case 2:
        pass<2>(from, to, next, s, twiddles_);
        break;
      case 3:
        pass<3>(from, to, next, s, twiddles_);
        break;
      case 4:
        pass<4>(from, to, next, s, twiddles_);
        break;
      default:
        pass<5>(from, to, next, s, twiddles_);
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
  z[half_] = z[0];  // work's, which is over
  for (int64_t k = 0; k <= half_; ++k) {
    const Complex a = z[k], b = std::conj(z[half_ - k]);
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
