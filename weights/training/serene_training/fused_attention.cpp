// Attention with relative positions for training on the CPU: neither logits nor weights are ever stored, the
// backward pass computes them once more. q, k, v (S, H, N, D), table (2 N - 1, D) whose row i - j + N - 1
// belongs to query i and key j; float32. Plain PyTorch spends six sevenths of a training step here.
#include <torch/extension.h>

#include <cmath>
#include <vector>

namespace {

using torch::Tensor;

// One head: everything with the position last, so that loops over keys run along memory.
template <int D>
struct Head {
  int64_t n;
  const float* q;                  // (N, D)
  std::vector<float> k, v, table;  // (D, N), (D, N), (D, 2 N - 1) turned round: column N - 1 - i + j

  Head(int64_t length, const float* query, const float* key, const float* value, const float* positions)
      : n(length), q(query), k(D * length), v(D * length), table(D * (2 * length - 1)) {
    for (int64_t j = 0; j < n; ++j) {
      for (int d = 0; d < D; ++d) {
        k[d * n + j] = key[j * D + d];
        v[d * n + j] = value[j * D + d];
      }
    }
    const int64_t m = 2 * n - 1;
    for (int64_t r = 0; r < m; ++r) {
      for (int d = 0; d < D; ++d) table[d * m + (m - 1 - r)] = positions[r * D + d];
    }
  }

  const float* distances(int d, int64_t i) const { return table.data() + d * (2 * n - 1) + (n - 1 - i); }

  void logits(int64_t i, float scale, float* out) const {
    for (int d = 0; d < D; ++d) {
      const float x = q[i * D + d] * scale;
      const float *key = k.data() + d * n, *far = distances(d, i);
      if (d == 0) {
        for (int64_t j = 0; j < n; ++j) out[j] = x * (key[j] + far[j]);
      } else {
        for (int64_t j = 0; j < n; ++j) out[j] += x * (key[j] + far[j]);
      }
    }
  }
};

float largest(const float* x, int64_t n) {
  float most = x[0];
  for (int64_t j = 1; j < n; ++j) most = std::max(most, x[j]);
  return most;
}

float dot(const float* a, const float* b, int64_t n) {
  float sum = 0;
  for (int64_t j = 0; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

template <int D>
void forward_heads(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& table, double scale,
                   Tensor& out, Tensor& lse) {
  const int64_t n = q.size(2), heads = q.size(0) * q.size(1);
  at::parallel_for(0, heads, 1, [&](int64_t first, int64_t last) {
    std::vector<float> p(n);
    for (int64_t h = first; h < last; ++h) {
      const int64_t at = h * n * D;
      const Head<D> head(n, q.data_ptr<float>() + at, k.data_ptr<float>() + at, v.data_ptr<float>() + at,
                         table.data_ptr<float>());
      for (int64_t i = 0; i < n; ++i) {
        head.logits(i, static_cast<float>(scale), p.data());
        const float most = largest(p.data(), n);
        float sum = 0;
        for (int64_t j = 0; j < n; ++j) {
          p[j] = std::exp(p[j] - most);
          sum += p[j];
        }
        for (int d = 0; d < D; ++d)
          out.data_ptr<float>()[at + i * D + d] = dot(p.data(), head.v.data() + d * n, n) / sum;
        lse.data_ptr<float>()[h * n + i] = most + std::log(sum);
      }
    }
  });
}

template <int D>
void backward_heads(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& table, const Tensor& out,
                    const Tensor& lse, const Tensor& grad, double scale, Tensor& dq, Tensor& dk, Tensor& dv,
                    Tensor& dtable) {
  const int64_t n = q.size(2), heads = q.size(0) * q.size(1), m = 2 * n - 1;
  // A fixed number of sums of the table's gradient: the result does not depend on the threads.
  constexpr int64_t kParts = 8;
  std::vector<std::vector<float>> parts(kParts, std::vector<float>(D * m));
  at::parallel_for(0, kParts, 1, [&](int64_t first, int64_t last) {
    std::vector<float> p(n), ds(n), gk(D * n), gv(D * n);
    for (int64_t part = first; part < last; ++part) {
      for (int64_t h = heads * part / kParts; h < heads * (part + 1) / kParts; ++h) {
        const int64_t at = h * n * D;
        const Head<D> head(n, q.data_ptr<float>() + at, k.data_ptr<float>() + at, v.data_ptr<float>() + at,
                           table.data_ptr<float>());
        const float* g = grad.data_ptr<float>() + at;
        const float* o = out.data_ptr<float>() + at;
        std::fill(gk.begin(), gk.end(), 0.0f);
        std::fill(gv.begin(), gv.end(), 0.0f);
        for (int64_t i = 0; i < n; ++i) {
          head.logits(i, static_cast<float>(scale), p.data());
          const float norm = lse.data_ptr<float>()[h * n + i];
          float delta = 0;
          for (int d = 0; d < D; ++d) delta += g[i * D + d] * o[i * D + d];
          for (int64_t j = 0; j < n; ++j) {
            p[j] = std::exp(p[j] - norm);
            ds[j] = -delta;
          }
          for (int d = 0; d < D; ++d) {
            const float x = g[i * D + d];
            const float* value = head.v.data() + d * n;
            float* gvalue = gv.data() + d * n;
            for (int64_t j = 0; j < n; ++j) {
              ds[j] += x * value[j];
              gvalue[j] += x * p[j];
            }
          }
          for (int64_t j = 0; j < n; ++j) ds[j] *= p[j] * static_cast<float>(scale);
          for (int d = 0; d < D; ++d) {
            const float x = head.q[i * D + d];
            const float *key = head.k.data() + d * n, *far = head.distances(d, i);
            float *gkey = gk.data() + d * n, *gfar = parts[part].data() + d * m + (n - 1 - i);
            float sum = 0;
            for (int64_t j = 0; j < n; ++j) {
              sum += ds[j] * (key[j] + far[j]);
              gkey[j] += x * ds[j];
              gfar[j] += x * ds[j];
            }
            dq.data_ptr<float>()[at + i * D + d] = sum;
          }
        }
        for (int64_t j = 0; j < n; ++j) {
          for (int d = 0; d < D; ++d) {
            dk.data_ptr<float>()[at + j * D + d] = gk[d * n + j];
            dv.data_ptr<float>()[at + j * D + d] = gv[d * n + j];
          }
        }
      }
    }
  });
  float* total = dtable.data_ptr<float>();
  for (const std::vector<float>& part : parts) {
    for (int64_t r = 0; r < m; ++r) {
      for (int d = 0; d < D; ++d) total[r * D + d] += part[d * m + (m - 1 - r)];
    }
  }
}

template <typename F>
void by_width(int64_t width, F&& f) {
  if (width == 2) return f(std::integral_constant<int, 2>());
  if (width == 3) return f(std::integral_constant<int, 3>());
  if (width == 4) return f(std::integral_constant<int, 4>());
  if (width == 6) return f(std::integral_constant<int, 6>());
  if (width == 8) return f(std::integral_constant<int, 8>());
  if (width == 16) return f(std::integral_constant<int, 16>());
  TORCH_CHECK(false, "heads of ", width, " channels: wanted 2, 3, 4, 6, 8 or 16");
}

std::vector<Tensor> forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& table,
                            double scale) {
  Tensor out = torch::empty_like(q), lse = torch::empty({q.size(0), q.size(1), q.size(2)}, q.options());
  by_width(q.size(3), [&](auto d) { forward_heads<d.value>(q, k, v, table, scale, out, lse); });
  return {out, lse};
}

std::vector<Tensor> backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& table,
                             const Tensor& out, const Tensor& lse, const Tensor& grad, double scale) {
  Tensor dq = torch::empty_like(q), dk = torch::empty_like(k), dv = torch::empty_like(v),
         dtable = torch::zeros_like(table);
  by_width(q.size(3), [&](auto d) {
    backward_heads<d.value>(q, k, v, table, out, lse, grad, scale, dq, dk, dv, dtable);
  });
  return {dq, dk, dv, dtable};
}

}  // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, module) {
  module.def("forward", &forward);
  module.def("backward", &backward);
}
