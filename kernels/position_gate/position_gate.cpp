#include "kernels/position_gate/position_gate.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work position_gate_work(const PositionGateArgs& args) {
  // Two products of rows; two sigmoids of 3 and 3 more a gate.
  return {bytes_of(args.x) + bytes_of(args.weight) + bytes_of(args.bias) + bytes_of(args.scale) +
              bytes_of(args.y),
          4 * static_cast<double>(args.x.numel()) + 9 * static_cast<double>(args.y.numel())};
}

void position_gate(const PositionGateArgs& args, const Stream& stream) {
  const char* op = "position_gate";
  const int64_t rows = args.x.size(0), d = args.weight.size(1), heads = args.scale.size(0);
  check_shape(op, "weight", args.weight, {2, -1});
  check_contiguous(op, "weight", args.weight);
  check_shape(op, "bias", args.bias, {2});
  check_rows(op, "bias", args.bias);
  check_shape(op, "scale", args.scale, {-1});
  check_rows(op, "scale", args.scale);
  check_shape(op, "x", args.x, {-1, heads * d});
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, {rows, heads});
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, position_gate_work, args);
  switch (stream.device) {
    case Device::cpu:
      return position_gate_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
