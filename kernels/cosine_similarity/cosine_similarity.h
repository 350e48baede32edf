// Cosine, mel by mel, between the courses over time of the noisy and the enhanced features (TRNet, arXiv
// 2404.12979, eq. 1).
//
//   d[f] = sum_t x[t, f] e[t, f] / (max(|x[:, f]|, 1e-8) max(|e[:, f]|, 1e-8)), the norms over time
//
// The floor on each norm is PyTorch's rule, so a silent mel has similarity 0. Sums are in double, their
// order the same for every batch. No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct CosineSimilarityArgs {
  View<const float, 3> x;  // (B, T, F) noisy, T >= 1
  View<const float, 3> e;  // (B, T, F) enhanced
  View<float, 2> d;        // (B, F)
};

// Throws Error(invalid_argument) on shapes that do not fit and on zero frames.
void cosine_similarity(const CosineSimilarityArgs& args, const Stream& stream);

Work cosine_similarity_work(const CosineSimilarityArgs& args);

void cosine_similarity_cpu(const CosineSimilarityArgs& args, const Stream& stream);

}  // namespace serene
