#include "kernels/linear/linear.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work linear_work(const LinearArgs& args) {
  const double rows = static_cast<double>(args.x.size(0));
  return {bytes_of(args.x) + bytes_of(*args.weight) + (args.bias.data == nullptr ? 0 : bytes_of(args.bias)) +
              (args.residual.data == nullptr ? 0 : bytes_of(args.residual)) + bytes_of(args.y),
          2 * rows * static_cast<double>(args.weight->k()) * static_cast<double>(args.weight->n())};
}

void linear(const LinearArgs& args, const Stream& stream) {
  const char* op = "linear";
  check_that(args.weight != nullptr, op, "weight", "a packed matrix");
  const int64_t rows = args.x.size(0), n = args.weight->n();
  check_that(args.weight->k() >= 1, op, "weight", "at least one input");
  check_that(!args.weight->is_bf16() || stream.device == Device::cpu, op, "weight", "floats, on a GPU");
  check_shape(op, "x", args.x, {-1, args.weight->k()});
  check_rows(op, "x", args.x);
  if (args.bias.data != nullptr) check_shape(op, "bias", args.bias, {n});
  check_that(args.activation != Activation::silu, op, "activation", "none, relu or gelu");
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, {rows, n});
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, {rows, n});
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, linear_workspace(rows, *args.weight, args.precision, stream));
  const ObserverScope observed(stream, op, linear_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return linear_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
