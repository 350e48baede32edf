#include "kernels/max_pool/max_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work max_pool_work(const MaxPoolArgs& args) {
  // Of x the patches alone; three comparisons each.
  return {5 * bytes_of(args.y), 3 * static_cast<double>(args.y.numel())};
}

void max_pool(const MaxPoolArgs& args, const Stream& stream) {
  const char* op = "max_pool";
  check_shape(op, "x", args.x, {-1, -1, -1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1) / 2, args.x.size(2) / 2, args.x.size(3)});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, max_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return max_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
