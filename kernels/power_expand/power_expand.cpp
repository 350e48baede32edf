#include "kernels/power_expand/power_expand.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"

namespace serene {

void power_expand(const PowerExpandArgs& args, const Stream& stream) {
  const char* op = "power_expand";
  check_shape(op, "x", args.x, {-1, -1, -1, 2});
  check_contiguous(op, "x", args.x);
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1), args.x.size(2), 2});
  check_contiguous(op, "y", args.y);
  check_that(args.exponent > 0, op, "exponent", "positive");
  switch (stream.device) {
    case Device::cpu:
      return power_expand_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
