#include "kernels/log_softmax/log_softmax.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work log_softmax_work(const LogSoftmaxArgs& args) {
  // Largest 1, exponential and sum 3, differences 2.
  return {bytes_of(args.x) + bytes_of(args.y), 6 * static_cast<double>(args.x.numel())};
}

void log_softmax(const LogSoftmaxArgs& args, const Stream& stream) {
  const char* op = "log_softmax";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_that(args.x.size(1) >= 1, op, "x", "a class at the least");
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, log_softmax_work, args);
  switch (stream.device) {
    case Device::cpu:
      return log_softmax_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
