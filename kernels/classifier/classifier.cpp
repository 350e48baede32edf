#include "kernels/classifier/classifier.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t classifier_workspace(const ClassifierArgs& args) {
  // The hidden layer.
  return static_cast<size_t>(args.embedding.size(0) * args.b1.size(0)) * sizeof(float);
}

Work classifier_work(const ClassifierArgs& args) {
  const double batch = static_cast<double>(args.embedding.size(0));
  const double weights = bytes_of(*args.w1) + bytes_of(args.b1) + bytes_of(*args.w2) + bytes_of(args.b2);
  return {bytes_of(args.embedding) + weights + bytes_of(args.log_posterior),
          2 * batch * static_cast<double>(args.w1->k() * args.w1->n() + args.w2->k() * args.w2->n())};
}

void classifier(const ClassifierArgs& args, const Stream& stream) {
  const char* op = "classifier";
  check_shape(op, "embedding", args.embedding, {-1, -1});
  check_rows(op, "embedding", args.embedding);
  check_that(args.w1 != nullptr && args.w2 != nullptr, op, "w1, w2", "packed matrices");
  const int64_t h = args.w1->n(), k = args.w2->n();
  check_that(args.w1->k() == args.embedding.size(1) && args.w2->k() == h, op, "w1, w2", "(E, H) and (H, K)");
  check_shape(op, "b1", args.b1, {h});
  check_rows(op, "b1", args.b1);
  check_shape(op, "b2", args.b2, {k});
  check_rows(op, "b2", args.b2);
  check_shape(op, "log_posterior", args.log_posterior, {args.embedding.size(0), k});
  check_rows(op, "log_posterior", args.log_posterior);
  check_workspace(op, args.workspace, classifier_workspace(args));
  const ObserverScope observed(stream, op, classifier_work, args);
  switch (stream.device) {
    case Device::cpu:
      return classifier_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
