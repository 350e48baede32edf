#include "kernels/group_norm/group_norm.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t group_norm_workspace(int64_t rows, int64_t clips, int64_t channels, const Stream& stream) {
  const size_t sums = static_cast<size_t>((rows / kGroupNormRows + clips) * 2 * channels) * sizeof(double);
  if (stream.device != Device::cpu) return sums;
  // A worker's statistics, scale and shift.
  return sums +
         static_cast<size_t>(stream.pool->size() * channels) * (2 * sizeof(double) + 2 * sizeof(float));
}

Work group_norm_work(const GroupNormArgs& args) {
  // Sums 3, scale and shift 2; GELU 4.
  const double flop = args.activation == Activation::gelu ? 9 : 5;
  return {bytes_of(args.x) + bytes_of(args.weight) + bytes_of(args.bias) + bytes_of(args.y),
          flop * static_cast<double>(args.x.numel())};
}

void group_norm(const GroupNormArgs& args, const Stream& stream) {
  const char* op = "group_norm";
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_ragged(op, "clips", args.clips, rows);
  check_shape(op, "weight", args.weight, {c});
  check_shape(op, "bias", args.bias, {c});
  check_that(args.activation == Activation::none || args.activation == Activation::gelu, op, "activation",
             "none or gelu");
  check_shape(op, "y", args.y, {rows, c});
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, group_norm_workspace(rows, args.clips.clips, c, stream));
  const ObserverScope observed(stream, op, group_norm_work, args);
  switch (stream.device) {
    case Device::cpu:
      return group_norm_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
