#include "kernels/hardtanh_blend/hardtanh_blend.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work hardtanh_blend_work(const HardtanhBlendArgs& args) {
  return {bytes_of(args.similarity) + bytes_of(args.weight) + bytes_of(args.x) + bytes_of(args.e) +
              bytes_of(args.coefficient) + bytes_of(args.y),
          2 * static_cast<double>(args.similarity.numel()) + 3 * static_cast<double>(args.x.numel())};
}

void hardtanh_blend(const HardtanhBlendArgs& args, const Stream& stream) {
  const char* op = "hardtanh_blend";
  check_shape(op, "x", args.x, {-1, -1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "e", args.e, args.x.shape);
  check_rows(op, "e", args.e);
  check_shape(op, "similarity", args.similarity, {args.x.size(0), args.x.size(2)});
  check_rows(op, "similarity", args.similarity);
  check_shape(op, "weight", args.weight, {args.x.size(2)});
  check_rows(op, "weight", args.weight);
  check_shape(op, "coefficient", args.coefficient, {args.x.size(0)});
  check_rows(op, "coefficient", args.coefficient);
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, hardtanh_blend_work, args);
  switch (stream.device) {
    case Device::cpu:
      return hardtanh_blend_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
