#include "kernels/frequency_mean/frequency_mean.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work frequency_mean_work(const FrequencyMeanArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.y), static_cast<double>(args.x.numel())};
}

void frequency_mean(const FrequencyMeanArgs& args, const Stream& stream) {
  const char* op = "frequency_mean";
  check_shape(op, "x", args.x, {-1, -1, -1, -1});
  check_rows(op, "x", args.x);
  check_that(args.x.size(2) >= 1, op, "x", "at least one bin");
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1), args.x.size(3)});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, frequency_mean_work, args);
  switch (stream.device) {
    case Device::cpu:
      return frequency_mean_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
