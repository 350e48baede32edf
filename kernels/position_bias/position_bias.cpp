#include "kernels/position_bias/position_bias.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work position_bias_work(const PositionBiasArgs& args) {
  // A logarithm and four operations a distance.
  return {bytes_of(args.table) + bytes_of(args.y), 5 * static_cast<double>(args.y.size(1))};
}

void position_bias(const PositionBiasArgs& args, const Stream& stream) {
  const char* op = "position_bias";
  const int64_t buckets = args.table.size(0);
  check_shape(op, "table", args.table, {-1, -1});
  check_rows(op, "table", args.table);
  check_that(buckets >= 4 && buckets % 4 == 0, op, "table", "a multiple of 4 buckets");
  check_that(args.largest > buckets / 4, op, "largest", "more than a quarter of the buckets");
  check_shape(op, "y", args.y, {args.table.size(1), -1});
  check_rows(op, "y", args.y);
  check_that(args.y.size(1) % 2 == 1, op, "y", "an odd number of columns");
  const ObserverScope observed(stream, op, position_bias_work, args);
  switch (stream.device) {
    case Device::cpu:
      return position_bias_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
