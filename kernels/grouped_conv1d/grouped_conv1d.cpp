#include "kernels/grouped_conv1d/grouped_conv1d.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work grouped_conv1d_work(const GroupedConv1dArgs& args) {
  const double width = static_cast<double>(args.x.size(1) / args.groups),
               k = width * static_cast<double>(args.taps);
  const double weights = k * static_cast<double>(args.x.size(1)) * sizeof(float) + bytes_of(args.bias);
  const double residual = args.residual.data == nullptr ? 0 : residual_bytes(args.residual, args.x);
  return {bytes_of(args.x) + weights + residual + bytes_of(args.y),
          2 * static_cast<double>(args.x.numel()) * k};
}

void grouped_conv1d(const GroupedConv1dArgs& args, const Stream& stream) {
  const char* op = "grouped_conv1d";
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  check_that(args.weight != nullptr, op, "weight", "a packed matrix");
  check_that(args.taps >= 1, op, "taps", "at least 1");
  check_that(args.groups >= 1 && c >= 1 && c % args.groups == 0, op, "groups",
             "a number that divides the channels");
  check_shape(op, "x", args.x, {-1, c});
  check_rows(op, "x", args.x);
  check_ragged(op, "clips", args.clips, rows);
  const int64_t width = c / args.groups, columns = (width + kPanel - 1) / kPanel * kPanel;
  check_that(args.weight->k() == args.taps * width && args.weight->n() == args.groups * columns, op, "weight",
             "groups of (taps C / groups, C / groups)");
  check_shape(op, "bias", args.bias, {c});
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, {rows, c});
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, {rows, c});
  check_rows(op, "y", args.y);
  check_that(args.y.data != args.x.data || rows == 0, op, "y", "memory other than x's");
  check_workspace(op, args.workspace, grouped_conv1d_workspace(c, args.groups, args.taps, stream));
  const ObserverScope observed(stream, op, grouped_conv1d_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return grouped_conv1d_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
