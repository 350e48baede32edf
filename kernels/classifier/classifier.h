// The classifier from the embedding to log-posteriors (`EmotionClassifier` of the published TRNet network).
//
//   log_posterior = log_softmax(W2 relu(W1 h + b1) + b2)
//
// The batch norm between W1 and the ReLU is folded into W1 and b1 by the caller. The log-softmax is in double
// and takes the largest logit off first. Workspace: classifier_workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ClassifierArgs {
  View<const float, 2> embedding;    // (B, E)
  const PackedMatrix* w1 = nullptr;  // (E, H)
  View<const float, 1> b1;           // (H)
  const PackedMatrix* w2 = nullptr;  // (H, K)
  View<const float, 1> b2;           // (K)
  View<float, 2> log_posterior;      // (B, K)
  Workspace workspace;
};

// Depends on the shapes of the embedding and b1 only; their data may still be null.
size_t classifier_workspace(const ClassifierArgs& args);

// Throws Error(invalid_argument) on shapes that do not fit.
void classifier(const ClassifierArgs& args, const Stream& stream);

Work classifier_work(const ClassifierArgs& args);

void classifier_cpu(const ClassifierArgs& args, const Stream& stream);

}  // namespace serene
