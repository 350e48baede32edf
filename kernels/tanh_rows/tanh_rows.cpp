#include "kernels/tanh_rows/tanh_rows.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work tanh_rows_work(const TanhRowsArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.y), static_cast<double>(args.x.numel())};
}

void tanh_rows(const TanhRowsArgs& args, const Stream& stream) {
  const char* op = "tanh_rows";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const Observed observed(stream, op, tanh_rows_work, args);
  switch (stream.device) {
    case Device::cpu:
      return tanh_rows_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
