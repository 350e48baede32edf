#include "kernels/rms_normalize/rms_normalize.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work rms_normalize_work(const RmsNormalizeArgs& args) {
  const double samples = static_cast<double>(args.x.numel()), padded = static_cast<double>(args.y.numel());
  return {bytes_of(args.x) + bytes_of(args.y) + bytes_of(args.gain), 2 * samples + padded};
}

void rms_normalize(const RmsNormalizeArgs& args, const Stream& stream) {
  const char* op = "rms_normalize";
  check_rows(op, "x", args.x);
  check_rows(op, "y", args.y);
  check_that(args.x.size(1) >= 1, op, "x", "at least one sample");
  check_shape(op, "y", args.y, {args.x.size(0), -1});
  check_that(args.y.size(1) >= args.x.size(1), op, "y", "no shorter than x");
  check_shape(op, "gain", args.gain, {args.x.size(0)});
  const ObserverScope observed(stream, op, rms_normalize_work, args);
  switch (stream.device) {
    case Device::cpu:
      return rms_normalize_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
