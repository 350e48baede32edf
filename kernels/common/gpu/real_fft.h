// Transforms of real frames in shared memory: what RealFft (kernels/common/fft.h) is on the CPU, by the same
// passes, in double for the same reason.
//
// A row of the block's threads (threadIdx.y) has a frame. Every thread of the block makes every call, with
// `active` false where its row has no frame, because the rows share barriers. Shared memory: the roots, 16 n
// bytes, for the block; two buffers of n / 2 points, 16 n bytes, a row. Roots are computed by each block
// rather than passed: a table in global memory would need an owner.
//
// 2.5 n log2 n FLOP a frame. A pass writes r points apart, which costs bank conflicts in the first pass; at
// n = 400 (5 5 4 2) and 512 (4 4 4 4) there are four passes.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/common/error.h"
#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// n even, n / 2 a product of 2, 3 and 5.
struct RealFftPlan {
  static constexpr int64_t kMostPoints = 4096;
  int n = 0, passes = 0;
  uint64_t radices =
      0;  // of n / 2, the first pass in the lowest four bits: an array would go to local memory
};

// Throws Error(unsupported) for a transform that does not fit the shared memory of a block.
inline RealFftPlan real_fft_plan(const char* op, int64_t n) {
  if (n > RealFftPlan::kMostPoints) {
    throw Error(ErrorKind::unsupported, std::string(op) + ": fft: got " + std::to_string(n) +
                                            " points, on a GPU at most " +
                                            std::to_string(RealFftPlan::kMostPoints));
  }
  RealFftPlan plan;
  plan.n = static_cast<int>(n);
  int rest = plan.n / 2;
  for (int radix : {5, 4, 3, 2}) {
    for (; rest > 1 && rest % radix == 0; rest /= radix)
      plan.radices |= static_cast<uint64_t>(radix) << 4 * plan.passes++;
  }
  return plan;
}

// Threads of a block, and frames it has at a time: four where they fit 48 KB. Registers allow two such blocks
// on an SM.
inline constexpr unsigned kRealFftThreads = 256;
inline unsigned real_fft_rows(const RealFftPlan& plan) { return plan.n <= 512 ? 4 : 1; }
inline size_t real_fft_bytes(const RealFftPlan& plan, unsigned rows) {
  return sizeof(double2) * static_cast<size_t>(plan.n) * (1 + rows);
}
// Two blocks for each of an H200's SMs; they go round over the frames, so that each computes its roots once.
inline unsigned real_fft_grid(int64_t frames, unsigned rows) {
  return static_cast<unsigned>(std::min<int64_t>((frames + rows - 1) / rows, 264));
}

SERENE_DEVICE double2 complex_sum(double2 a, double2 b) { return make_double2(a.x + b.x, a.y + b.y); }
SERENE_DEVICE double2 complex_difference(double2 a, double2 b) { return make_double2(a.x - b.x, a.y - b.y); }
SERENE_DEVICE double2 complex_product(double2 a, double2 b) {
  return make_double2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// roots (n) = exp(-2 pi i k / n), by the whole block; a barrier follows, as the transform begins.
SERENE_DEVICE void real_fft_roots(int n, double2* roots) {
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  for (int k = thread; k < n; k += static_cast<int>(blockDim.x * blockDim.y)) {
    double sine, cosine;
#if defined(__CUDACC__)
    sincospi(2.0 * k / n, &sine, &cosine);
#else
    constexpr double kPi = 3.14159265358979323846;
    sine = std::sin(2.0 * kPi * k / n);
    cosine = std::cos(2.0 * kPi * k / n);
#endif
    roots[k] = make_double2(cosine, -sine);
  }
}

// A pass of Stockham's order: `from` holds `interleaved` transforms of `length` points each.
template <int kRadix>
SERENE_DEVICE void real_fft_pass(const double2* roots, const double2* from, double2* to, int length,
                                 int interleaved) {
  const int count = length / kRadix * interleaved;  // of butterflies
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const int p = i / interleaved, q = i % interleaved;
    double2 x[kRadix], y[kRadix];
#pragma unroll
    for (int j = 0; j < kRadix; ++j) x[j] = from[i + count * j];
    if constexpr (kRadix == 2) {
      y[0] = complex_sum(x[0], x[1]);
      y[1] = complex_difference(x[0], x[1]);
    } else if constexpr (kRadix == 4) {
      const double2 a = complex_sum(x[0], x[2]), b = complex_difference(x[0], x[2]);
      const double2 c = complex_sum(x[1], x[3]), d = complex_difference(x[1], x[3]);
      const double2 minus_i_d = make_double2(d.y, -d.x);
      y[0] = complex_sum(a, c);
      y[1] = complex_sum(b, minus_i_d);
      y[2] = complex_difference(a, c);
      y[3] = complex_difference(b, minus_i_d);
    } else {
#pragma unroll
      for (int k = 0; k < kRadix; ++k) {
        y[k] = x[0];
#pragma unroll
        for (int j = 1; j < kRadix; ++j)
          y[k] = complex_sum(y[k], complex_product(x[j], roots[2 * (j * k % kRadix) * count]));
      }
    }
    double2* out = to + q + interleaved * kRadix * p;
    out[0] = y[0];
#pragma unroll
    for (int k = 1; k < kRadix; ++k)
      out[interleaved * k] = complex_product(y[k], roots[2 * p * k * interleaved]);
  }
}

// Complex transform of the n / 2 points in `data`; gives the buffer, data or work, where the result is, there
// for all threads to read.
SERENE_DEVICE double2* real_fft_transform(const RealFftPlan& plan, const double2* roots, double2* data,
                                          double2* work, bool active) {
  int length = plan.n / 2, interleaved = 1;
  for (int pass = 0; pass < plan.passes; ++pass) {
    __syncthreads();
    const int radix = static_cast<int>(plan.radices >> 4 * pass & 15);
    if (active) {
      if (radix == 5) real_fft_pass<5>(roots, data, work, length, interleaved);
      if (radix == 4) real_fft_pass<4>(roots, data, work, length, interleaved);
      if (radix == 3) real_fft_pass<3>(roots, data, work, length, interleaved);
      if (radix == 2) real_fft_pass<2>(roots, data, work, length, interleaved);
    }
    length /= radix;
    interleaved *= radix;
    double2* const written = work;
    work = data;
    data = written;
  }
  __syncthreads();
  return data;
}

// Bin k <= n / 2 of the real frame whose samples 2 i and 2 i + 1 were point i, from the transform z of those.
SERENE_DEVICE double2 real_fft_bin(int n, const double2* roots, const double2* z, int k) {
  const int half = n / 2;
  const double2 a = z[k == half ? 0 : k], b = z[k == 0 ? 0 : half - k];
  const double2 even = make_double2(0.5 * (a.x + b.x), 0.5 * (a.y - b.y));
  const double2 odd = make_double2(0.5 * (a.y + b.y), -0.5 * (a.x - b.x));
  return complex_sum(even, complex_product(roots[k], odd));
}

// Point k < n / 2 whose transform, conjugated and times 2 / n, has samples 2 i and 2 i + 1 of the frame as
// its point i, from the spectrum's bins `here` (k) and `there` (n / 2 - k).
SERENE_DEVICE double2 real_fft_fold(const double2* roots, double2 here, double2 there, int k) {
  // Imaginary parts of the first and the last bin are ignored.
  if (k == 0) here.y = there.y = 0;
  const double2 even = make_double2(0.5 * (here.x + there.x), 0.5 * (here.y - there.y));
  const double2 difference = make_double2(0.5 * (here.x - there.x), 0.5 * (here.y + there.y));
  const double2 odd = complex_product(difference, make_double2(roots[k].x, -roots[k].y));
  return make_double2(even.x - odd.y, -(even.y + odd.x));
}

}  // namespace serene::gpu
