#include "kernels/instance_norm/instance_norm.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t instance_norm_workspace(int64_t batch, int64_t frames, int64_t channels) {
  // Two sums a frame and channel; scale and shift a channel.
  return static_cast<size_t>(batch * (frames + 1) * channels) * 2 * sizeof(double);
}

Work instance_norm_work(const InstanceNormArgs& args) {
  // The statistics need all of x before the first result, so x is read twice unless they are there. Sums 3,
  // scale and shift 2, PReLU 1.
  const bool given = args.sums.data != nullptr;
  return {(given ? 2 : 3) * bytes_of(args.x) + bytes_of(args.sums) + bytes_of(args.weight) +
              bytes_of(args.bias) + bytes_of(args.slope),
          (given ? 3 : 6) * static_cast<double>(args.x.numel())};
}

void instance_norm(const InstanceNormArgs& args, const Stream& stream) {
  const char* op = "instance_norm";
  const int64_t c = args.x.size(3);
  check_rows(op, "x", args.x);
  check_that(args.x.size(1) * args.x.size(2) >= 1, op, "x", "at least one frame and one bin");
  check_shape(op, "weight", args.weight, {c});
  check_shape(op, "bias", args.bias, {c});
  check_shape(op, "slope", args.slope, {c});
  check_workspace(op, args.workspace, instance_norm_workspace(args.x.size(0), args.x.size(1), c));
  if (args.sums.data != nullptr) {
    if (stream.device != Device::cpu) {
      throw Error(ErrorKind::unsupported, std::string(op) + ": sums: not on " + device_name(stream.device));
    }
    check_shape(op, "sums", args.sums, {args.x.size(0), args.x.size(1), 2, c});
    check_contiguous(op, "sums", args.sums);
  }
  const ObserverScope observed(stream, op, instance_norm_work, args);
  switch (stream.device) {
    case Device::cpu:
      return instance_norm_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
