#include "kernels/residual_conv/residual_conv.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work residual_conv_work(const ResidualConvArgs& args) {
  const double outputs = static_cast<double>(args.y.numel());
  const double positions = static_cast<double>(args.y.size(0) * args.y.size(1) * args.y.size(2));
  const double co = static_cast<double>(args.weight->n()), ci = static_cast<double>(args.shortcut->k());
  // The shortcut reads one position of x for each of y.
  return {bytes_of(args.h) + bytes_of(*args.weight) + bytes_of(*args.shortcut) + bytes_of(args.y) +
              (positions * ci + 2 * co) * sizeof(float),
          2 * outputs * (static_cast<double>(args.weight->k()) + ci)};
}

void residual_conv(const ResidualConvArgs& args, const Stream& stream) {
  const char* op = "residual_conv";
  check_that(args.weight != nullptr && args.shortcut != nullptr, op, "weight, shortcut", "packed matrices");
  check_that(args.bias != nullptr && args.shortcut_bias != nullptr, op, "bias, shortcut_bias", "values");
  check_that(args.kernel >= 1 && args.kernel <= 7 && args.stride >= 1, op, "kernel, stride",
             "1 to 7, at least 1");
  check_rows(op, "h", args.h);
  check_rows(op, "x", args.x);
  check_rows(op, "y", args.y);
  const int64_t co = args.weight->n();
  check_that(args.x.size(1) >= 1 && args.x.size(2) >= 1, op, "x", "at least one frame and one bin");
  const int64_t to = (args.x.size(1) - 1) / args.stride + 1, fo = (args.x.size(2) - 1) / args.stride + 1;
  check_shape(op, "y", args.y, {args.x.size(0), to, fo, co});
  check_shape(op, "h", args.h, {args.x.size(0), to + args.kernel - 1, fo + args.kernel - 1, -1});
  check_that(args.weight->k() == args.kernel * args.kernel * args.h.size(3), op, "weight",
             "kernel^2 * channels inputs");
  check_that(args.shortcut->k() == args.x.size(3) && args.shortcut->n() == co, op, "shortcut", "(Ci, Co)");
  const ObserverScope observed(stream, op, residual_conv_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return residual_conv_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
