#include "kernels/weighted_sum/weighted_sum.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work weighted_sum_work(const WeightedSumArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.logits) + bytes_of(args.y) * (args.add ? 2 : 1),
          (args.add ? 2 : 1) * static_cast<double>(args.x.numel())};
}

void weighted_sum(const WeightedSumArgs& args, const Stream& stream) {
  const char* op = "weighted_sum";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "logits", args.logits, {-1});
  check_rows(op, "logits", args.logits);
  if (args.index < 0 || args.index >= args.logits.size(0)) {
    bad_argument(op, "index", std::to_string(args.index), "one below " + std::to_string(args.logits.size(0)));
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, weighted_sum_work, args);
  switch (stream.device) {
    case Device::cpu:
      return weighted_sum_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
