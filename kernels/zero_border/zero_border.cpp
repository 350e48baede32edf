#include "kernels/zero_border/zero_border.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work zero_border_work(const ZeroBorderArgs& args) {
  const int64_t frames = args.y.size(1) - args.before_t - args.after_t;
  const int64_t bins = args.y.size(2) - args.before_f - args.after_f;
  const int64_t inside = args.y.size(0) * frames * bins * args.y.size(3);
  return {static_cast<double>(args.y.numel() - inside) * sizeof(float), 0};
}

void zero_border(const ZeroBorderArgs& args, const Stream& stream) {
  const char* op = "zero_border";
  check_rows(op, "y", args.y);
  check_that(args.before_t >= 0 && args.after_t >= 0 && args.before_f >= 0 && args.after_f >= 0, op, "border",
             "no negative widths");
  check_that(args.before_t + args.after_t <= args.y.size(1) && args.before_f + args.after_f <= args.y.size(2),
             op, "border", "no wider than the map");
  const ObserverScope observed(stream, op, zero_border_work, args);
  switch (stream.device) {
    case Device::cpu:
      return zero_border_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
