#include "kernels/zero_border/zero_border.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"

namespace serene {

void zero_border(const ZeroBorderArgs& args, const Stream& stream) {
  const char* op = "zero_border";
  check_rows(op, "y", args.y);
  check_that(args.before_t >= 0 && args.after_t >= 0 && args.before_f >= 0 && args.after_f >= 0, op, "border",
             "no negative widths");
  check_that(args.before_t + args.after_t <= args.y.size(1) && args.before_f + args.after_f <= args.y.size(2),
             op, "border", "no wider than the map");
  switch (stream.device) {
    case Device::cpu:
      return zero_border_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
