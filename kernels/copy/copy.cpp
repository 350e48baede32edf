#include "kernels/copy/copy.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work copy_work(const CopyArgs& args) { return {bytes_of(args.x) + bytes_of(args.y), 0}; }

void copy(const CopyArgs& args, const Stream& stream) {
  check_rows("copy", "x", args.x);
  check_shape("copy", "y", args.y, args.x.shape);
  check_rows("copy", "y", args.y);
  const ObserverScope observed(stream, "copy", copy_work, args);
  switch (stream.device) {
    case Device::cpu:
      return copy_cpu(args, stream);
    default:
      return run_back_end("copy", args, stream);
  }
}

}  // namespace serene
