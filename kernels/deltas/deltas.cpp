#include "kernels/deltas/deltas.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work deltas_work(const DeltasArgs& args) {
  // Either difference: two differences, two products with their sums, a quotient.
  return {bytes_of(args.x) + bytes_of(args.y), 14 * static_cast<double>(args.x.numel())};
}

void deltas(const DeltasArgs& args, const Stream& stream) {
  const char* op = "deltas";
  check_shape(op, "x", args.x, {-1, -1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1), args.x.size(2), 3});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, deltas_work, args);
  switch (stream.device) {
    case Device::cpu:
      return deltas_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
