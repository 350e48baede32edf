// Loops over rows of channels: norms, gates, depthwise convolution.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {

void transpose(const float* x, int64_t ldx, int64_t rows, int64_t c, float* y, int64_t stride) {
  int64_t row = 0;
  for (; row + kLanes <= rows && c % kLanes == 0; row += kLanes) {
    for (int64_t k = 0; k < c; k += kLanes) {
      VecReg block[kLanes];
      for (int i = 0; i < kLanes; ++i) block[i] = load(x + (row + i) * ldx + k);
      transpose(block);
      for (int i = 0; i < kLanes; ++i) store(y + (k + i) * stride + row, block[i]);
    }
  }
  for (int64_t k = 0; k < c; ++k) {
    for (int64_t i = row; i < rows; ++i) y[k * stride + i] = x[i * ldx + k];
    for (int64_t i = rows; i < stride; ++i) y[k * stride + i] = 0;
  }
}

namespace {

// R rows at a time, so that their sums and roots overlap; each by the same operations, whatever R.
template <int R>
SERENE_INLINE void layer_norm_rows(const float* x, int64_t ldx, int64_t c, const float* weight,
                                   const float* bias, float eps, float* y, int64_t ldy) {
  const float inverse_c = 1.0f / static_cast<float>(c);
  const auto load_of = [&](const float* p, int64_t i) __attribute__((always_inline)) {
    return c - i >= kLanes ? load(p + i) : load_part(p + i, c - i);
  };
  VecReg mean[R], squares[R], scale[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) mean[r] = squares[r] = VecReg{};
  for (int64_t i = 0; i < c; i += kLanes) {
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) mean[r] += load_of(x + r * ldx, i);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) mean[r] = set1(sum(mean[r]) * inverse_c);
  for (int64_t i = 0; i < c; i += kLanes) {
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      VecReg d = load_of(x + r * ldx, i) - mean[r];
      if (c - i < kLanes) d = first_lanes(d, c - i);
      squares[r] = fma(d, d, squares[r]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) scale[r] = set1(1.0f / __builtin_sqrtf(sum(squares[r]) * inverse_c + eps));
  for (int64_t i = 0; i < c; i += kLanes) {
    const VecReg w = load_of(weight, i), b = load_of(bias, i);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const VecReg v = fma((load_of(x + r * ldx, i) - mean[r]) * scale[r], w, b);
      if (c - i >= kLanes) {
        store(y + r * ldy + i, v);
      } else {
        store_part(y + r * ldy + i, v, c - i);
      }
    }
  }
}

}  // namespace

void layer_norm(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* weight, const float* bias,
                float eps, float* y, int64_t ldy) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    layer_norm_rows<4>(x + row * ldx, ldx, c, weight, bias, eps, y + row * ldy, ldy);
  }
  for (; row < rows; ++row) layer_norm_rows<1>(x + row * ldx, ldx, c, weight, bias, eps, y + row * ldy, ldy);
}

void pairs_in_row(const float* x, int64_t count, uint32_t* y) { make_pairs(x, count, y); }

void floats_of_pairs(const uint32_t* x, int64_t rows, float* y) {
  auto* const bits = reinterpret_cast<uint32_t*>(y);
  for (int64_t r = 0; r < rows; ++r) {
    for (int i = 0; i < 16; ++i) {
      bits[32 * r + i] = x[16 * r + i] << 16;
      bits[32 * r + 16 + i] = x[16 * r + i] & 0xFFFF0000u;
    }
  }
}

void pairs_of_rows(const float* x0, const float* x1, int64_t count, uint32_t* y) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, pairs_of(load(x0 + i), load(x1 + i)));
  if (i < count) {
    store_part(y + i, pairs_of(load_part(x0 + i, count - i), load_part(x1 + i, count - i)), count - i);
  }
}

namespace {

template <bool kBf16>
SERENE_INLINE void gate_rows(const float* x, int64_t rows, int64_t c, float* y) {
  const auto gated = [](VecReg value, VecReg gate) __attribute__((always_inline)) {
    return value * (kBf16 ? sigmoid_for_bf16(gate) : sigmoid(gate));
  };
  for (int64_t row = 0; row < rows; ++row) {
    const float* value = x + row * 2 * c;
    const float* gate = value + c;
    float* out = y + row * c;
    int64_t i = 0;
    for (; i + kLanes <= c; i += kLanes) store(out + i, gated(load(value + i), load(gate + i)));
    if (i < c) store_part(out + i, gated(load_part(value + i, c - i), load_part(gate + i, c - i)), c - i);
  }
}

}  // namespace

void glu(const float* x, int64_t rows, int64_t c, float* y, bool bf16) {
  return bf16 ? gate_rows<true>(x, rows, c, y) : gate_rows<false>(x, rows, c, y);
}

namespace {

// R output rows of one vector of channels: each input row is loaded once per tap that needs it.
template <bool kBf16, int R>
SERENE_INLINE void depthwise_tile(const float* x, int64_t c, int64_t channel, int64_t count, int64_t taps,
                                  const float* weight, const float* bias, float* y) {
  const bool whole = count == kLanes;
  VecReg acc[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) acc[r] = whole ? load(bias + channel) : load_part(bias + channel, count);
    // Taps side by side read almost the same rows: four of them find most in registers.
#pragma GCC unroll 4
  for (int64_t k = 0; k < taps; ++k) {
    const float* wk = weight + k * c + channel;
    const VecReg w = whole ? load(wk) : load_part(wk, count);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const float* in = x + (r + k) * c + channel;
      acc[r] = fma(w, whole ? load(in) : load_part(in, count), acc[r]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    float* out = y + r * c + channel;
    const VecReg value = kBf16 ? silu_for_bf16(acc[r]) : silu(acc[r]);
    if (whole) {
      store(out, value);
    } else {
      store_part(out, value, count);
    }
  }
}

template <bool kBf16>
SERENE_INLINE void depthwise(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                             const float* bias, float* y) {
  for (int64_t channel = 0; channel < c; channel += kLanes) {
    const int64_t count = c - channel < kLanes ? c - channel : kLanes;
    int64_t row = 0;
    for (; row + 8 <= rows; row += 8) {
      depthwise_tile<kBf16, 8>(x + row * c, c, channel, count, taps, weight, bias, y + row * c);
    }
    for (; row < rows; ++row) {
      depthwise_tile<kBf16, 1>(x + row * c, c, channel, count, taps, weight, bias, y + row * c);
    }
  }
}

}  // namespace

void depthwise_silu(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                    const float* bias, float* y, bool bf16) {
  return bf16 ? depthwise<true>(x, rows, c, taps, weight, bias, y)
              : depthwise<false>(x, rows, c, taps, weight, bias, y);
}

void channel_sums(const float* x, int64_t rows, int64_t ldx, int64_t c, double* sum, double* square) {
  int64_t i = 0;
  for (; i + kLanes <= c; i += kLanes) {
    VecDouble s{}, q{};
    for (int64_t row = 0; row < rows; ++row) {
      const VecDouble v = __builtin_convertvector(load(x + row * ldx + i), VecDouble);
      s += v;
      q += v * v;
    }
    for (int l = 0; l < kLanes; ++l) {
      sum[i + l] = s[l];
      square[i + l] = q[l];
    }
  }
  for (; i < c; ++i) {
    double s = 0, q = 0;
    for (int64_t row = 0; row < rows; ++row) {
      const double v = x[row * ldx + i];
      s += v;
      q += v * v;
    }
    sum[i] = s;
    square[i] = q;
  }
}

void scale_shift_prelu(float* x, int64_t rows, int64_t ldx, int64_t c, const float* scale, const float* shift,
                       const float* slope) {
  for (int64_t row = 0; row < rows; ++row) {
    float* p = x + row * ldx;
    for (int64_t i = 0; i < c; i += kLanes) {
      const int64_t left = c - i;
      if (left >= kLanes) {
        const VecReg v = fma(load(p + i), load(scale + i), load(shift + i));
        store(p + i, v >= 0.0f ? v : v * load(slope + i));
      } else {
        const VecReg v = fma(load_part(p + i, left), load_part(scale + i, left), load_part(shift + i, left));
        store_part(p + i, v >= 0.0f ? v : v * load_part(slope + i, left), left);
      }
    }
  }
}

void scale_shift(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* scale, const float* shift,
                 bool gelu_after, float* y, int64_t ldy) {
  for (int64_t row = 0; row < rows; ++row, x += ldx, y += ldy) {
    for (int64_t i = 0; i < c; i += kLanes) {
      const int64_t left = c - i;
      if (left >= kLanes) {
        const VecReg v = fma(load(x + i), load(scale + i), load(shift + i));
        store(y + i, gelu_after ? gelu(v) : v);
      } else {
        const VecReg v = fma(load_part(x + i, left), load_part(scale + i, left), load_part(shift + i, left));
        store_part(y + i, gelu_after ? gelu(v) : v, left);
      }
    }
  }
}

namespace {

// Off by a rounding of 1, also where x is small.
SERENE_INLINE VecReg tanh(VecReg x) { return fma(sigmoid(x + x), set1(2.0f), set1(-1.0f)); }

}  // namespace

void gru_cell(const float* input, const float* hidden, const float* h, int64_t units, float* y) {
  for (int64_t i = 0; i < units; i += kLanes) {
    const int64_t left = units - i;
    const auto load_of = [&](const float* p) __attribute__((always_inline)) {
      return left < kLanes ? load_part(p + i, left) : load(p + i);
    };
    const VecReg r = sigmoid(load_of(input) + load_of(hidden));
    const VecReg z = sigmoid(load_of(input + units) + load_of(hidden + units));
    const VecReg n = tanh(fma(r, load_of(hidden + 2 * units), load_of(input + 2 * units)));
    const VecReg next = fma(z, load_of(h) - n, n);  // (1 - z) n + z h
    if (left < kLanes) {
      store_part(y + i, next, left);
    } else {
      store(y + i, next);
    }
  }
}

void gelu_row(const float* x, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, gelu(load(x + i)));
  if (i < count) store_part(y + i, gelu(load_part(x + i, count - i)), count - i);
}

void tanh_row(const float* x, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, tanh(load(x + i)));
  if (i < count) store_part(y + i, tanh(load_part(x + i, count - i)), count - i);
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
