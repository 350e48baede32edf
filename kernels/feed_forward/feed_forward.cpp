#include "kernels/feed_forward/feed_forward.h"
#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work feed_forward_work(const FeedForwardArgs& args) {
  const double rows = static_cast<double>(args.x.size(0)), c = static_cast<double>(args.x.size(1));
  const double weights = bytes_of(args.norm_weight) + bytes_of(args.norm_bias) + bytes_of(*args.w1) +
                         bytes_of(args.b1) + bytes_of(*args.w2) + bytes_of(args.b2);
  return {bytes_of(args.x) + weights + residual_bytes(args.residual, args.x) + bytes_of(args.y),
          4 * rows * c * static_cast<double>(args.w1->n())};
}

void feed_forward(const FeedForwardArgs& args, const Stream& stream) {
  const char* op = "feed_forward";
  const int64_t c = args.x.size(1);
  check_that(args.w1 != nullptr && args.w2 != nullptr, op, "w1, w2", "packed matrices");
  const int64_t h = args.w1->n();
  check_that(args.w1->k() == c && args.w2->k() == h && args.w2->n() == c, op, "w1, w2", "(C, H) and (H, C)");
  check_rows(op, "x", args.x);
  check_shape(op, "norm_weight", args.norm_weight, {c});
  check_shape(op, "norm_bias", args.norm_bias, {c});
  check_shape(op, "b1", args.b1, {h});
  check_shape(op, "b2", args.b2, {c});
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, args.x.shape);
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, feed_forward_workspace(c, h, stream));
  const ObserverScope observed(stream, op, feed_forward_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return feed_forward_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
