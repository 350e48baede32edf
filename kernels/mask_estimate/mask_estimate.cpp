#include "kernels/mask_estimate/mask_estimate.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work mask_estimate_work(const MaskEstimateArgs& args) {
  return {bytes_of(args.mask) + bytes_of(args.noisy) + bytes_of(args.residual) + bytes_of(args.y),
          2 * static_cast<double>(args.y.numel())};
}

void mask_estimate(const MaskEstimateArgs& args, const Stream& stream) {
  const char* op = "mask_estimate";
  const std::array<int64_t, 4> shape{args.mask.size(0), args.mask.size(1), args.mask.size(2), 2};
  check_contiguous(op, "mask", args.mask);
  check_shape(op, "noisy", args.noisy, shape);
  check_rows(op, "noisy", args.noisy);
  check_shape(op, "residual", args.residual, shape);
  check_contiguous(op, "residual", args.residual);
  check_shape(op, "y", args.y, shape);
  check_contiguous(op, "y", args.y);
  const ObserverScope observed(stream, op, mask_estimate_work, args);
  switch (stream.device) {
    case Device::cpu:
      return mask_estimate_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
