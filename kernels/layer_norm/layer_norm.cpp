#include "kernels/layer_norm/layer_norm.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work layer_norm_work(const LayerNormArgs& args) {
  // Mean 1, variance 3, normalised 2, scale and shift 2; GELU 4.
  const double residual = args.residual.data == nullptr ? 0 : 1;
  const double gelu = args.activation == Activation::gelu ? 4 : 0;
  return {bytes_of(args.x) + bytes_of(args.weight) + bytes_of(args.bias) +
              residual_bytes(args.residual, args.x) + bytes_of(args.y),
          (8 + gelu + residual) * static_cast<double>(args.x.numel())};
}

void layer_norm(const LayerNormArgs& args, const Stream& stream) {
  const char* op = "layer_norm";
  const int64_t c = args.x.size(1);
  check_rows(op, "x", args.x);
  check_that(c >= 1 && c <= 4096, op, "x", "1 to 4096 channels");
  check_shape(op, "weight", args.weight, {c});
  check_shape(op, "bias", args.bias, {c});
  check_that(args.activation == Activation::none || args.activation == Activation::gelu, op, "activation",
             "none or gelu");
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, args.x.shape);
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, layer_norm_work, args);
  switch (stream.device) {
    case Device::cpu:
      return layer_norm_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
