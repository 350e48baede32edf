#include "kernels/conv2d/conv2d.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"

namespace serene {

void conv2d(const Conv2dArgs& args, const Stream& stream) {
  const char* op = "conv2d";
  check_that(args.weight != nullptr, op, "weight", "a packed matrix");
  check_that(args.kernel_t >= 1 && args.kernel_f >= 1 && args.kernel_t * args.kernel_f <= kMaxTaps, op,
             "kernel", "1 to 64 taps");
  check_that(args.dilation_t >= 1 && args.stride_t >= 1 && args.stride_f >= 1, op, "dilation, stride",
             "at least 1");
  check_rows(op, "x", args.x);
  check_rows(op, "y", args.y);
  const int64_t taps = args.kernel_t * args.kernel_f, channels = args.x.size(3);
  if (args.weight->k() != taps * channels) {
    bad_argument(op, "weight", std::to_string(args.weight->k()) + " inputs", std::to_string(taps * channels));
  }
  const int64_t span_t = (args.kernel_t - 1) * args.dilation_t + 1;
  check_that(args.x.size(1) >= span_t && args.x.size(2) >= args.kernel_f, op, "x",
             "no smaller than the kernel");
  check_shape(op, "y", args.y,
              {args.x.size(0), (args.x.size(1) - span_t) / args.stride_t + 1,
               (args.x.size(2) - args.kernel_f) / args.stride_f + 1, args.weight->n()});
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return conv2d_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
