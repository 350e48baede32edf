#include "kernels/power_compress/power_compress.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work power_compress_work(const PowerCompressArgs& args) {
  // Magnitude 4, power, quotient, two products.
  return {bytes_of(args.x) + bytes_of(args.y), 8 * static_cast<double>(args.x.numel() / 2)};
}

void power_compress(const PowerCompressArgs& args, const Stream& stream) {
  const char* op = "power_compress";
  check_shape(op, "x", args.x, {-1, -1, -1, 2});
  check_contiguous(op, "x", args.x);
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1), args.x.size(2), 3});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, power_compress_work, args);
  switch (stream.device) {
    case Device::cpu:
      return power_compress_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
