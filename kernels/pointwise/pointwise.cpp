#include "kernels/pointwise/pointwise.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work pointwise_work(const PointwiseArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.y), static_cast<double>(args.x.numel())};
}

void pointwise(const PointwiseArgs& args, const Stream& stream) {
  const char* op = "pointwise";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  check_that(args.low <= args.high, op, "low", "no more than high");
  const ObserverScope observed(stream, op, pointwise_work, args);
  switch (stream.device) {
    case Device::cpu:
      return pointwise_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
