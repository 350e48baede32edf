#include "kernels/prelu/prelu.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"

namespace serene {

void prelu(const PreluArgs& args, const Stream& stream) {
  check_rows("prelu", "x", args.x);
  check_shape("prelu", "slope", args.slope, {args.x.size(2)});
  check_rows("prelu", "slope", args.slope);
  switch (stream.device) {
    case Device::cpu:
      return prelu_cpu(args, stream);
    default:
      return run_back_end("prelu", args, stream);
  }
}

}  // namespace serene
