#include "kernels/cosine_similarity/cosine_similarity.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work cosine_similarity_work(const CosineSimilarityArgs& args) {
  // Three products and their sums.
  return {bytes_of(args.x) + bytes_of(args.e) + bytes_of(args.d), 6 * static_cast<double>(args.x.numel())};
}

void cosine_similarity(const CosineSimilarityArgs& args, const Stream& stream) {
  const char* op = "cosine_similarity";
  check_shape(op, "x", args.x, {-1, -1, -1});
  check_rows(op, "x", args.x);
  check_that(args.x.size(1) >= 1, op, "x", "at least one frame");
  check_shape(op, "e", args.e, args.x.shape);
  check_rows(op, "e", args.e);
  check_shape(op, "d", args.d, {args.x.size(0), args.x.size(2)});
  check_rows(op, "d", args.d);
  const ObserverScope observed(stream, op, cosine_similarity_work, args);
  switch (stream.device) {
    case Device::cpu:
      return cosine_similarity_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
