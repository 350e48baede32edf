// Attention of one query on the CUDA cores, a thread a query, its softmax as the keys come (arXiv
// 1805.02867).
#pragma once

#include "kernels/common/gpu/math.h"

namespace serene::gpu {

// kD: width of a head, a multiple of 4.
template <int kD>
struct QueryAttention {
  float query[kD];   // times log2(e) D^-1/2
  float output[kD];  // the sum of values by their shares, over `total`
  float largest, total;

  SERENE_DEVICE void clear() {
    largest = -INFINITY;
    total = 0;
    SERENE_UNROLL
    for (int k = 0; k < kD; ++k) output[k] = 0;
  }

  // `count` keys and values in shared memory, rows `ld` apart, read up to the next multiple of eight; key j's
  // distance is at relative + j * step. Keys and values are aligned to 16 bytes, and the same for all threads
  // of a warp; the lanes' distances, |step| = kD + 1 apart, meet no bank twice.
  SERENE_DEVICE void add(const float* keys, const float* values, int ld, const float* relative, int step,
                         int count) {
    // Eight at a time: the running maximum is met once for eight.
    for (int j = 0; j < count; j += 8) {
      float scores[8], above = largest;
      SERENE_UNROLL
      for (int i = 0; i < 8; ++i) {
        const float* key = keys + (j + i) * ld;
        const float* distance = relative + (j + i) * step;
        float score = 0;
        SERENE_UNROLL
        for (int k = 0; k < kD; k += 4) {
          const float4 four = *reinterpret_cast<const float4*>(key + k);
          score = __fmaf_rn(query[k], four.x + distance[k], score);
          score = __fmaf_rn(query[k + 1], four.y + distance[k + 1], score);
          score = __fmaf_rn(query[k + 2], four.z + distance[k + 2], score);
          score = __fmaf_rn(query[k + 3], four.w + distance[k + 3], score);
        }
        scores[i] = j + i < count ? score : -INFINITY;
        above = scores[i] > above ? scores[i] : above;
      }
      const float shrink = exp2_approx(largest - above);
      largest = above;
      total *= shrink;
      SERENE_UNROLL
      for (int k = 0; k < kD; ++k) output[k] *= shrink;
      SERENE_UNROLL
      for (int i = 0; i < 8; ++i) {
        const float* value = values + (j + i) * ld;
        const float share = exp2_approx(scores[i] - largest);
        total += share;
        SERENE_UNROLL
        for (int k = 0; k < kD; k += 4) {
          const float4 four = *reinterpret_cast<const float4*>(value + k);
          output[k] = __fmaf_rn(share, four.x, output[k]);
          output[k + 1] = __fmaf_rn(share, four.y, output[k + 1]);
          output[k + 2] = __fmaf_rn(share, four.z, output[k + 2]);
          output[k + 3] = __fmaf_rn(share, four.w, output[k + 3]);
        }
      }
    }
  }
};

}  // namespace serene::gpu
