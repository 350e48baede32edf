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

void layer_norm(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* weight, const float* bias,
                float eps, float* y, int64_t ldy) {
  const float inverse_c = 1.0f / static_cast<float>(c);
  for (int64_t row = 0; row < rows; ++row) {
    const float* in = x + row * ldx;
    float* out = y + row * ldy;
    VecReg total{};
    for (int64_t i = 0; i < c; i += kLanes) {
      total += c - i >= kLanes ? load(in + i) : load_part(in + i, c - i);
    }
    const VecReg mean = set1(sum(total) * inverse_c);
    VecReg squares{};
    for (int64_t i = 0; i < c; i += kLanes) {
      VecReg d;
      if (c - i >= kLanes) {
        d = load(in + i) - mean;
      } else {
        float lanes[kLanes] = {};
        for (int64_t l = 0; l < c - i; ++l) lanes[l] = in[i + l] - mean[0];
        d = load(lanes);
      }
      squares = fma(d, d, squares);
    }
    const VecReg scale = set1(1.0f / __builtin_sqrtf(sum(squares) * inverse_c + eps));
    for (int64_t i = 0; i < c; i += kLanes) {
      if (c - i >= kLanes) {
        store(out + i, fma((load(in + i) - mean) * scale, load(weight + i), load(bias + i)));
      } else {
        const int64_t left = c - i;
        store_part(out + i,
                   fma((load_part(in + i, left) - mean) * scale, load_part(weight + i, left),
                       load_part(bias + i, left)),
                   left);
      }
    }
  }
}

void glu(const float* x, int64_t rows, int64_t c, float* y) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* value = x + row * 2 * c;
    const float* gate = value + c;
    float* out = y + row * c;
    int64_t i = 0;
    for (; i + kLanes <= c; i += kLanes) store(out + i, load(value + i) * sigmoid(load(gate + i)));
    if (i < c) store_part(out + i, load_part(value + i, c - i) * sigmoid(load_part(gate + i, c - i)), c - i);
  }
}

namespace {

// R output rows of one vector of channels: each input row is loaded once per tap that needs it.
template <int R>
SERENE_INLINE void depthwise_tile(const float* x, int64_t c, int64_t channel, int64_t count, int64_t taps,
                                  const float* weight, const float* bias, float* y) {
  const bool whole = count == kLanes;
  VecReg acc[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) acc[r] = whole ? load(bias + channel) : load_part(bias + channel, count);
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
    if (whole) {
      store(out, silu(acc[r]));
    } else {
      store_part(out, silu(acc[r]), count);
    }
  }
}

}  // namespace

void depthwise_silu(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                    const float* bias, float* y) {
  for (int64_t channel = 0; channel < c; channel += kLanes) {
    const int64_t count = c - channel < kLanes ? c - channel : kLanes;
    int64_t row = 0;
    for (; row + 8 <= rows; row += 8) {
      depthwise_tile<8>(x + row * c, c, channel, count, taps, weight, bias, y + row * c);
    }
    for (; row < rows; ++row) {
      depthwise_tile<1>(x + row * c, c, channel, count, taps, weight, bias, y + row * c);
    }
  }
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

}  // namespace serene::cpu::SERENE_CPU_LEVEL
