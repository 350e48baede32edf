#include "kernels/normalize/normalize.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work normalize_work(const NormalizeArgs& args) {
  // Sums 3, difference and quotient 2.
  return {bytes_of(args.x) + bytes_of(args.y), 5 * static_cast<double>(args.x.numel())};
}

void normalize(const NormalizeArgs& args, const Stream& stream) {
  const char* op = "normalize";
  check_shape(op, "x", args.x, {-1});
  check_contiguous(op, "x", args.x);
  check_ragged(op, "clips", args.clips, args.x.size(0));
  check_shape(op, "y", args.y, args.x.shape);
  check_contiguous(op, "y", args.y);
  const ObserverScope observed(stream, op, normalize_work, args);
  switch (stream.device) {
    case Device::cpu:
      return normalize_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
