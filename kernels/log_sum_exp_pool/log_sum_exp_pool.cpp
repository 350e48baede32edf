#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work log_sum_exp_pool_work(const LogSumExpPoolArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.y), 4.0 * static_cast<double>(args.x.numel())};
}

void log_sum_exp_pool(const LogSumExpPoolArgs& args, const Stream& stream) {
  const char* op = "log_sum_exp_pool";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_ragged(op, "clips", args.clips, args.x.size(0));
  check_no_clip_empty(op, "clips", args.clips, "a row at the least");
  check_shape(op, "y", args.y, {args.clips.clips, args.x.size(1)});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, log_sum_exp_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return log_sum_exp_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
