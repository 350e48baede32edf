// What the tests of the signal ops share: windows, a naive Fourier transform, and the promise that a clip's
// bits depend on nothing but the clip.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "tests/support/guarded_buffer.h"
#include "tests/support/tolerance.h"

namespace serene::test {

// Hamming's, rising towards its end, so that a window read backwards shows.
inline std::vector<double> lopsided_window(int64_t n) {
  std::vector<double> window;
  for (int64_t i = 0; i < n; ++i) {
    const double turn = static_cast<double>(i) / static_cast<double>(n);
    window.push_back((0.54 - 0.46 * std::cos(2 * std::numbers::pi * turn)) * (1 + 0.3 * turn));
  }
  return window;
}

// exp(-2 pi i k / n), k < n.
inline std::vector<std::complex<double>> unit_roots(int64_t n) {
  std::vector<std::complex<double>> roots;
  for (int64_t k = 0; k < n; ++k)
    roots.push_back(std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n)));
  return roots;
}

// The first n / 2 + 1 coefficients of a real frame, term by term.
inline std::vector<std::complex<double>> naive_dft(const std::vector<double>& frame,
                                                   const std::vector<std::complex<double>>& roots) {
  const int64_t n = static_cast<int64_t>(frame.size());
  std::vector<std::complex<double>> spectrum;
  for (int64_t k = 0; k <= n / 2; ++k) {
    double re = 0, im = 0;
    for (int64_t t = 0, at = 0; t < n; ++t, at = (at + k) % n) {
      re += frame[t] * roots[at].real();
      im += frame[t] * roots[at].imag();
    }
    spectrum.emplace_back(re, im);
  }
  return spectrum;
}
// A view of a (shape) map inside a larger one: `gap` unused floats follow each row of the last dimension but
// one, further rows and frames of them each of the dimensions before.
template <size_t R, class T>
View<T, R> gappy_view(T* data, const std::array<int64_t, R>& shape, int64_t gap) {
  View<T, R> view{data, shape, {}};
  int64_t stride = 1;
  for (size_t i = R; i-- > 0;) {
    view.stride[i] = stride;
    stride = stride * shape[i] + gap;
  }
  return view;
}
// Floats that gappy_view spans.
template <size_t R>
int64_t gappy_size(const std::array<int64_t, R>& shape, int64_t gap) {
  int64_t size = 1;
  for (size_t i = R; i-- > 0;) size = size * shape[i] + (i > 0 ? gap : 0);
  return size;
}

// The view's elements in order.
template <class T, size_t R>
std::vector<float> gather(const View<T, R>& view) {
  std::vector<float> values;
  for (int64_t i = 0; i < view.size(0); ++i) {
    if constexpr (R == 1) {
      values.push_back(view.data[i * view.stride[0]]);
    } else {
      const std::vector<float> inner = gather(view[i]);
      values.insert(values.end(), inner.begin(), inner.end());
    }
  }
  return values;
}

// How many elements are no longer NaN: no more than the op's output has.
inline int64_t written(const GuardedBuffer& buffer) {
  return std::count_if(buffer.data(), buffer.data() + buffer.count(), [](float v) { return !std::isnan(v); });
}

// compute(first, count, threads) runs the op on elements [first, first + count) of the batch and gives its
// output, laid out with `stride` floats from one element to the next.
template <class Compute>
void expect_bits_of_the_clip_alone(const GuardedBuffer& whole, int64_t batch, int64_t stride,
                                   Compute compute) {
  for (int threads : {1, 2, 3})
    EXPECT_TRUE(compute(int64_t{0}, batch, threads).same_bits(whole)) << threads << " threads";
  for (int64_t b = 0; b < batch; ++b) {
    const GuardedBuffer alone = compute(b, int64_t{1}, 2);
    ASSERT_LE(b * stride + alone.count(), whole.count());
    EXPECT_EQ(std::memcmp(alone.data(), whole.data() + b * stride, alone.count() * sizeof(float)), 0)
        << "element " << b << " of " << batch;
  }
}

// Each element within the tolerance for its own size.
inline void expect_each_close(std::span<const float> out, std::span<const double> ref,
                              std::span<const double> sizes, double steps) {
  ASSERT_EQ(out.size(), ref.size());
  ASSERT_EQ(sizes.size(), ref.size());
  for (size_t i = 0; i < ref.size(); ++i) {
    ASSERT_TRUE(std::isfinite(out[i])) << "element " << i;
    ASSERT_NEAR(out[i], ref[i], tolerance(1, sizes[i], steps)) << "element " << i;
  }
}

}  // namespace serene::test
