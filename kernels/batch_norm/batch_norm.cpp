#include "kernels/batch_norm/batch_norm.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work batch_norm_work(const BatchNormArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.scale) + bytes_of(args.shift) + bytes_of(args.y),
          2 * static_cast<double>(args.x.numel())};
}

void batch_norm(const BatchNormArgs& args, const Stream& stream) {
  const char* op = "batch_norm";
  check_shape(op, "x", args.x, {-1, -1, -1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "scale", args.scale, {args.x.size(2)});
  check_rows(op, "scale", args.scale);
  check_shape(op, "shift", args.shift, {args.x.size(2)});
  check_rows(op, "shift", args.shift);
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, batch_norm_work, args);
  switch (stream.device) {
    case Device::cpu:
      return batch_norm_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
