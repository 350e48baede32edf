#include "kernels/prelu/prelu.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work prelu_work(const PreluArgs& args) {
  return {2 * bytes_of(args.x) + bytes_of(args.slope), static_cast<double>(args.x.numel())};
}

void prelu(const PreluArgs& args, const Stream& stream) {
  check_rows("prelu", "x", args.x);
  check_shape("prelu", "slope", args.slope, {args.x.size(2)});
  check_rows("prelu", "slope", args.slope);
  const ObserverScope observed(stream, "prelu", prelu_work, args);
  switch (stream.device) {
    case Device::cpu:
      return prelu_cpu(args, stream);
    default:
      return run_back_end("prelu", args, stream);
  }
}

}  // namespace serene
