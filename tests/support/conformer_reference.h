// A conformer's modules in double precision, with random weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/op_test.h"
#include "tests/support/reference.h"

namespace serene::test {

using Rows = std::vector<std::vector<Sized>>;

// (N, C) floats, row-major.
inline Rows rows_of(const float* x, int64_t n, int64_t c) {
  Rows rows(static_cast<size_t>(n), std::vector<Sized>(static_cast<size_t>(c)));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < c; ++k) rows[i][k] = {x[i * c + k], std::abs(double{x[i * c + k]})};
  }
  return rows;
}

struct FeedForwardWeights {
  std::vector<float> norm_weight, norm_bias, w1, w2, b1, b2;
  FeedForwardWeights(int64_t c, int64_t h, uint32_t seed)
      : norm_weight(random_values(c, seed)),
        norm_bias(random_values(c, seed + 1)),
        w1(random_values(h * c, seed + 2, 1 / std::sqrt(float(c)))),
        w2(random_values(c * h, seed + 3, 1 / std::sqrt(float(h)))),
        b1(random_values(h, seed + 4)),
        b2(random_values(c, seed + 5)) {}
};

// y of a row without scale and residual.
inline std::vector<Sized> feed_forward(const std::vector<Sized>& x, const FeedForwardWeights& w, double eps) {
  std::vector<Sized> hidden = linear(layer_norm_row(x, w.norm_weight, w.norm_bias, eps), w.w1, w.b1);
  for (Sized& v : hidden) v = silu(v);
  return linear(hidden, w.w2, w.b2);
}

struct RelativeAttentionWeights {
  int64_t heads, d, clip;
  std::vector<float> norm_weight, norm_bias, qkv, out, out_bias, table;
  RelativeAttentionWeights(int64_t h, int64_t width, int64_t p, uint32_t seed)
      : heads(h),
        d(width),
        clip(p),
        norm_weight(random_values(h * width, seed)),
        norm_bias(random_values(h * width, seed + 1)),
        qkv(random_values(3 * h * width * h * width, seed + 2, 1 / std::sqrt(float(h * width)))),
        out(random_values(h * width * h * width, seed + 3, 1 / std::sqrt(float(h * width)))),
        out_bias(random_values(h * width, seed + 4)),
        table(random_values((2 * p + 1) * width, seed + 5)) {}
};

// y of a sequence without the residual.
inline Rows relative_attention(const Rows& x, const RelativeAttentionWeights& w, double eps) {
  const int64_t n = static_cast<int64_t>(x.size()), d = w.d, c = w.heads * d;
  Rows qkv, y;
  for (const std::vector<Sized>& row : x)
    qkv.push_back(linear(layer_norm_row(row, w.norm_weight, w.norm_bias, eps), w.qkv, {}));
  for (int64_t i = 0; i < n; ++i) {
    std::vector<Sized> heads(c);
    for (int64_t h = 0; h < w.heads; ++h) {
      std::vector<double> logits(n), sizes(n);
      double highest = -1e300, total = 0;
      for (int64_t j = 0; j < n; ++j) {
        const int64_t row = std::clamp(i - j, -w.clip, w.clip) + w.clip;
        double sum = 0, squares = 0;
        for (int64_t k = 0; k < d; ++k) {
          const Sized q = qkv[i][h * d + k], key = qkv[j][c + h * d + k];
          const double distance = w.table[row * d + k];
          sum += q.value * key.value + q.value * distance;
          squares += q.size * q.size * (key.size * key.size + distance * distance);
        }
        logits[j] = sum / std::sqrt(double(d));
        sizes[j] = std::sqrt(squares / double(d));
        highest = std::max(highest, logits[j]);
      }
      for (double& a : logits) {
        a = std::exp(a - highest);
        total += a;
      }
      for (int64_t k = h * d; k < (h + 1) * d; ++k) {
        const auto value = [&](int64_t j) { return qkv[j][2 * c + k]; };
        for (int64_t j = 0; j < n; ++j) heads[k].value += logits[j] / total * value(j).value;
        // A logit that is off by x moves the output by a share of x towards its value, or away.
        double squares = 0;
        for (int64_t j = 0; j < n; ++j) {
          const double off = std::hypot(value(j).size, sizes[j] * (value(j).value - heads[k].value));
          squares += std::pow(logits[j] / total * off, 2);
        }
        heads[k].size = std::sqrt(squares);
      }
    }
    y.push_back(linear(heads, w.out, w.out_bias));
  }
  return y;
}

struct ConvModuleWeights {
  int64_t inner, count;
  std::vector<float> norm_weight, norm_bias, w1, b1, taps, taps_bias, w2, b2;
  ConvModuleWeights(int64_t c, int64_t i, int64_t k, uint32_t seed)
      : inner(i),
        count(k),
        norm_weight(random_values(c, seed)),
        norm_bias(random_values(c, seed + 1)),
        w1(random_values(2 * i * c, seed + 2, 1 / std::sqrt(float(c)))),
        b1(random_values(2 * i, seed + 3)),
        taps(random_values(k * i, seed + 4, 1 / std::sqrt(float(k)))),
        taps_bias(random_values(i, seed + 5)),
        w2(random_values(c * i, seed + 6, 1 / std::sqrt(float(i)))),
        b2(random_values(c, seed + 7)) {}
};

// y of a sequence without the residual.
inline Rows conv_module(const Rows& x, const ConvModuleWeights& w, double eps) {
  const int64_t n = static_cast<int64_t>(x.size());
  Rows gated, y;
  for (const std::vector<Sized>& row : x) {
    const std::vector<Sized> wide = linear(layer_norm_row(row, w.norm_weight, w.norm_bias, eps), w.w1, w.b1);
    std::vector<Sized> h(w.inner);
    for (int64_t k = 0; k < w.inner; ++k) {
      const Sized v = wide[k], gate = wide[w.inner + k];
      const double open = sigmoid(gate.value);
      // The slope of a sigmoid is at most 1 / 4.
      h[k] = {v.value * open, v.size * open + std::abs(v.value) * gate.size / 4};
    }
    gated.push_back(h);
  }
  for (int64_t i = 0; i < n; ++i) {
    std::vector<Sized> g(w.inner);
    for (int64_t k = 0; k < w.inner; ++k) {
      double sum = w.taps_bias[k], squares = sum * sum;
      for (int64_t j = 0; j < w.count; ++j) {
        const int64_t at = i + j - w.count / 2;
        if (at < 0 || at >= n) continue;
        const double tap = w.taps[j * w.inner + k];
        sum += tap * gated[at][k].value;
        squares += tap * tap * gated[at][k].size * gated[at][k].size;
      }
      g[k] = silu({sum, std::sqrt(squares)});
    }
    y.push_back(linear(g, w.w2, w.b2));
  }
  return y;
}

}  // namespace serene::test
