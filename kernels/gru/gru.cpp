#include "kernels/gru/gru.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work gru_work(const GruArgs& args) {
  return {bytes_of(args.gates) + bytes_of(*args.forward) + bytes_of(*args.backward) + bytes_of(args.bias) +
              bytes_of(args.y),
          2 * static_cast<double>(args.gates.numel()) * static_cast<double>(args.forward->k())};
}

void gru(const GruArgs& args, const Stream& stream) {
  const char* op = "gru";
  check_that(args.forward != nullptr && args.backward != nullptr, op, "forward, backward", "packed matrices");
  const int64_t units = args.forward->k();
  check_that(units >= 1, op, "forward", "at least one unit");
  for (const auto& [name, weight] : {std::pair{"forward", args.forward}, {"backward", args.backward}}) {
    if (weight->k() != units || weight->n() != 3 * units) {
      const int64_t got[] = {weight->k(), weight->n()}, wanted[] = {units, 3 * units};
      bad_argument(op, name, dims_text(got), dims_text(wanted));
    }
  }
  check_shape(op, "gates", args.gates, {-1, 6 * units});
  check_rows(op, "gates", args.gates);
  check_ragged(op, "clips", args.clips, args.gates.size(0));
  check_shape(op, "bias", args.bias, {2, 3 * units});
  check_rows(op, "bias", args.bias);
  check_shape(op, "y", args.y, {args.gates.size(0), 2 * units});
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, gru_workspace(units, stream));
  const ObserverScope observed(stream, op, gru_work, args);
  switch (stream.device) {
    case Device::cpu:
      return gru_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
