#include "kernels/conv2d/conv2d.h"

#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {
namespace {

// Of a dimension, how many positions `taps` apart by `dilation` meet as they move on by `stride`.
int64_t positions_read(int64_t outputs, int64_t taps, int64_t dilation, int64_t stride) {
  return std::min(outputs * taps, (outputs - 1) * stride + (taps - 1) * dilation + 1);
}

}  // namespace

Work conv2d_work(const Conv2dArgs& args) {
  const View<float, 4>& y = args.y;
  const int64_t read = y.size(0) * positions_read(y.size(1), args.kernel_t, args.dilation_t, args.stride_t) *
                       positions_read(y.size(2), args.kernel_f, 1, args.stride_f) * args.x.size(3);
  const int64_t bias = args.bias == nullptr ? 0 : y.size(3);
  return {static_cast<double>(read + bias) * sizeof(float) + bytes_of(*args.weight) + bytes_of(y) +
              bytes_of(args.sums),
          2 * static_cast<double>(y.numel()) * static_cast<double>(args.weight->k())};
}

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
  if (args.sums.data != nullptr) {
    if (!conv2d_gives_sums(stream.device)) {
      throw Error(ErrorKind::unsupported, std::string(op) + ": sums: not on " + device_name(stream.device));
    }
    check_shape(op, "sums", args.sums, {args.y.size(0), args.y.size(1), 2, args.y.size(3)});
    check_contiguous(op, "sums", args.sums);
  }
  const ObserverScope observed(stream, op, conv2d_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return conv2d_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
