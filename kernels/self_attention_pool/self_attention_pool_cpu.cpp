#include <algorithm>
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/self_attention_pool/self_attention_pool.h"

namespace serene {
namespace {

// Row t's score of hop h is at t H + h.
void score_rows(const SelfAttentionPoolArgs& args, const Stream& stream, double* scores, float* hidden) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  constexpr int64_t kRows = 32;
  const int64_t rows = args.x.size(0), width = args.projected.size(1), hops = args.v.size(0);
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int worker) {
    float* row = hidden + worker * width;
    for (int64_t t = task * kRows; t < std::min((task + 1) * kRows, rows); ++t) {
      kernels.tanh_row(args.projected[t].data, width, row);
      for (int64_t h = 0; h < hops; ++h) {
        const float* v = args.v[h].data;
        double score = 0;
        for (int64_t i = 0; i < width; ++i) score += static_cast<double>(v[i]) * row[i];
        scores[t * hops + h] = score;
      }
    }
  });
}

// Scores of one clip and hop, `hops` apart, become shares.
void take_softmax(double* scores, int64_t rows, int64_t hops) {
  double largest = scores[0], sum = 0;
  for (int64_t t = 1; t < rows; ++t) largest = std::max(largest, scores[t * hops]);
  for (int64_t t = 0; t < rows; ++t) sum += scores[t * hops] = std::exp(scores[t * hops] - largest);
  for (int64_t t = 0; t < rows; ++t) scores[t * hops] /= sum;
}

}  // namespace

void self_attention_pool_cpu(const SelfAttentionPoolArgs& args, const Stream& stream) {
  constexpr int64_t kChannels = 64;  // whose sums are kept next to each other
  const int64_t rows = args.x.size(0), e = args.x.size(1), hops = args.v.size(0);
  auto* scores = reinterpret_cast<double*>(args.workspace.data());  // (R, H)
  score_rows(args, stream, scores, reinterpret_cast<float*>(scores + rows * hops));
  stream.pool->parallel_for(args.clips.clips * hops, [&](int64_t task, int) {
    const int64_t clip = task / hops, begin = args.clips.begin[clip];
    take_softmax(scores + begin * hops + task % hops, args.clips.length(clip), hops);
  });
  const int64_t pieces = (e + kChannels - 1) / kChannels;
  stream.pool->parallel_for(args.clips.clips * hops * pieces, [&](int64_t task, int) {
    const int64_t first = task % pieces * kChannels, hop = task / pieces % hops, clip = task / pieces / hops;
    const int64_t count = std::min(kChannels, e - first);
    double pooled[kChannels] = {};
    for (int64_t t = args.clips.begin[clip]; t < args.clips.begin[clip + 1]; ++t) {
      const double share = scores[t * hops + hop];
      const float* row = args.x[t].data + first;
      for (int64_t i = 0; i < count; ++i) pooled[i] += share * row[i];
    }
    float* y = args.y[clip].data + hop * e + first;
    for (int64_t i = 0; i < count; ++i) y[i] = static_cast<float>(pooled[i]);
  });
  for (int64_t t = 0; t < rows && args.attention.data != nullptr; ++t) {
    for (int64_t h = 0; h < hops; ++h) args.attention[t].data[h] = static_cast<float>(scores[t * hops + h]);
  }
}

}  // namespace serene
