// A task is a sequence: its projections, all heads and the output projection stay in one core's cache.
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/relative_attention/relative_attention.h"

namespace serene {
namespace {

// Floats for one sequence.
struct Layout {
  int64_t normed, qkv, keys, values, scratch, total;
  Layout(int64_t n, int64_t c, int64_t d) {
    normed = 0;                                    // (N, C), later the heads' outputs
    qkv = normed + n * c;                          // (N, 3 C)
    keys = qkv + n * 3 * c;                        // (D, stride)
    values = keys + d * cpu::attention_stride(n);  // (D, stride)
    scratch = values + d * cpu::attention_stride(n);
    total = (scratch + cpu::attention_scratch(n) + 15) / 16 * 16;
  }
};

// One of a sequence.
struct Head {
  float* qkv = nullptr;  // (rows, d) queries, keys `channels` on, values twice that; rows 3 `channels` apart
  float* out = nullptr;  // (rows, d), `channels` apart
  float *keys = nullptr, *values = nullptr;  // (d, stride)
  float* scratch = nullptr;
  int64_t rows = 0, channels = 0, d = 0, stride = 0;
};

template <class Word>
cpu::Attention<Word> attention_of(const Head& head, const DistanceTable& distances) {
  cpu::Attention<Word> attention;
  attention.ldq = 3 * head.channels;
  attention.ldt = head.stride;
  attention.lde = distances.stride();
  attention.clip = distances.clip();
  attention.n = attention.rows = head.rows;
  attention.d = head.d;
  attention.out = head.out;
  attention.ldo = head.channels;
  attention.scratch = head.scratch;
  return attention;
}

void attend(const cpu::VectorKernels& kernels, const Head& head, const DistanceTable& distances) {
  const int64_t c = head.channels;
  kernels.transpose(head.qkv + c, 3 * c, head.rows, head.d, head.keys, head.stride);
  kernels.transpose(head.qkv + 2 * c, 3 * c, head.rows, head.d, head.values, head.stride);
  cpu::Attention<float> attention = attention_of<float>(head, distances);
  attention.q = head.qkv;
  attention.kt = head.keys;
  attention.vt = head.values;
  attention.et = distances.data();
  kernels.attention(attention);
}

// Operands become pairs where they are.
void attend_in_bf16(const cpu::VectorKernels& kernels, const Head& head, const DistanceTable& distances,
                    const uint32_t* distance_pairs) {
  const int64_t c = head.channels;
  const auto pairs = [](float* place) { return reinterpret_cast<uint32_t*>(place); };
  for (int64_t i = 0; i < head.rows; ++i) {
    float* q = head.qkv + i * 3 * c;
    kernels.pairs_in_row(q, head.d / 2, pairs(q));
  }
  kernels.transpose(head.qkv + c, 3 * c, head.rows, head.d, head.keys, head.stride);
  for (int64_t k = 0; k < head.d; k += 2) {
    const float* row = head.keys + k * head.stride;
    kernels.pairs_of_rows(row, row + head.stride, head.stride, pairs(head.keys + k / 2 * head.stride));
  }
  kernels.transpose(head.qkv + 2 * c, 3 * c, head.rows, head.d, head.values, head.stride);
  for (int64_t k = 0; k < head.d; ++k) {
    float* row = head.values + k * head.stride;
    kernels.pairs_in_row(row, head.stride / 2, pairs(row));
  }
  cpu::Attention<uint32_t> attention = attention_of<uint32_t>(head, distances);
  attention.q = pairs(head.qkv);
  attention.kt = pairs(head.keys);
  attention.vt = pairs(head.values);
  attention.et = distance_pairs;
  kernels.attention_bf16(attention);
}

}  // namespace

size_t relative_attention_workspace(int64_t sequences, int64_t n, int64_t channels, int64_t heads,
                                    const Stream& stream) {
  if (stream.device != Device::cpu) {
    return relative_attention_table(n, channels / heads) +
           static_cast<size_t>(sequences * n * 3 * channels) * sizeof(float);
  }
  return static_cast<size_t>(stream.pool->size() * Layout(n, channels, channels / heads).total) *
         sizeof(float);
}

void relative_attention_cpu(const RelativeAttentionArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t inner = args.x.size(1), n = args.x.size(2), c = args.x.size(3), d = c / args.heads;
  const Layout layout(n, c, d);
  const int64_t stride = cpu::attention_stride(n);
  const auto scale =
      static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(d)));  // log2(e) D^-1/2
  const int64_t whole[1] = {0};
  const bool bf16 = args.precision == Precision::bf16;
  const uint32_t* qkv_pairs = bf16 ? args.qkv->pairs() : nullptr;
  const uint32_t* out_pairs = bf16 ? args.out->pairs() : nullptr;
  const uint32_t* distance_pairs = bf16 ? args.distances->pairs() : nullptr;
  auto* workspace = reinterpret_cast<float*>(args.workspace.data());

  stream.pool->parallel_for(args.x.size(0) * inner, [&](int64_t task, int worker) {
    float* base = workspace + worker * layout.total;
    float *normed = base + layout.normed, *qkv = base + layout.qkv;
    const View<const float, 2> x = args.x[task / inner][task % inner];
    kernels.layer_norm(x.data, x.stride[0], n, c, args.norm_weight.data, args.norm_bias.data, args.eps,
                       normed, c);

    if (qkv_pairs != nullptr) kernels.pairs_in_row(normed, n * c / 2, reinterpret_cast<uint32_t*>(normed));
    cpu::Gemm project;
    project.a = normed;
    project.a_is_pairs = qkv_pairs != nullptr;
    project.lda = qkv_pairs != nullptr ? c / 2 : c;
    project.taps = whole;
    project.tap_k = c;
    project.b = args.qkv->data();
    project.b_pairs = qkv_pairs;
    project.c = qkv;
    project.ldc = 3 * c;
    project.m = n;
    project.n = 3 * c;
    kernels.gemm(project);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t k = 0; k < c; ++k) qkv[i * 3 * c + k] *= scale;
    }

    Head head;
    head.rows = n;
    head.channels = c;
    head.d = d;
    head.stride = stride;
    head.keys = base + layout.keys;
    head.values = base + layout.values;
    head.scratch = base + layout.scratch;
    for (int64_t first = 0; first < c; first += d) {
      head.qkv = qkv + first;
      head.out = normed + first;
      if (distance_pairs == nullptr) {
        attend(kernels, head, *args.distances);
      } else {
        attend_in_bf16(kernels, head, *args.distances, distance_pairs);
      }
    }

    const View<float, 2> y = args.y[task / inner][task % inner];
    cpu::Gemm output;
    output.a = normed;
    output.lda = c;
    output.taps = whole;
    output.tap_k = c;
    output.b = args.out->data();
    output.b_pairs = out_pairs;
    output.bias = args.out_bias.data;
    if (args.residual.data != nullptr) {
      const View<const float, 2> residual = args.residual[task / inner][task % inner];
      output.residual = residual.data;
      output.ldr = residual.stride[0];
    }
    output.c = y.data;
    output.ldc = y.stride[0];
    output.m = n;
    output.n = c;
    kernels.gemm(output);
  });
}

}  // namespace serene
