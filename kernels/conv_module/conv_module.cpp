#include "kernels/conv_module/conv_module.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work conv_module_work(const ConvModuleArgs& args) {
  const double rows = static_cast<double>(args.x.size(0) * args.x.size(1) * args.x.size(2));
  const int64_t c = args.x.size(3), taps = args.taps.size(0), inner = args.taps.size(1);
  const double weights = bytes_of(args.norm_weight) + bytes_of(args.norm_bias) + bytes_of(*args.w1) +
                         bytes_of(args.b1) + bytes_of(args.taps) + bytes_of(args.taps_bias) +
                         bytes_of(*args.w2) + bytes_of(args.b2);
  // C to 2 I, the taps of a channel, I to C.
  return {bytes_of(args.x) + weights + residual_bytes(args.residual, args.x) + bytes_of(args.y),
          rows * static_cast<double>(inner * (6 * c + 2 * taps))};
}

void conv_module(const ConvModuleArgs& args, const Stream& stream) {
  const char* op = "conv_module";
  const int64_t c = args.x.size(3), inner = args.taps.size(1);
  check_that(args.w1 != nullptr && args.w2 != nullptr, op, "w1, w2", "packed matrices");
  check_that(args.w1->k() == c && args.w1->n() == 2 * inner, op, "w1", "(C, 2 I)");
  check_that(args.w2->k() == inner && args.w2->n() == c, op, "w2", "(I, C)");
  check_that(args.taps.size(0) % 2 == 1, op, "taps", "an odd number");
  check_contiguous(op, "taps", args.taps);
  check_rows(op, "x", args.x);
  check_shape(op, "norm_weight", args.norm_weight, {c});
  check_shape(op, "norm_bias", args.norm_bias, {c});
  check_shape(op, "b1", args.b1, {2 * inner});
  check_shape(op, "taps_bias", args.taps_bias, {inner});
  check_shape(op, "b2", args.b2, {c});
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, args.x.shape);
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace,
                  conv_module_workspace(args.x.size(0) * args.x.size(1), args.x.size(2), c, inner,
                                        args.taps.size(0), stream));
  const ObserverScope observed(stream, op, conv_module_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return conv_module_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
