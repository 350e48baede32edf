#include "kernels/scaled_attention/scaled_attention.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work scaled_attention_work(const ScaledAttentionArgs& args) {
  double pairs = 0;  // of a query and a key
  for (int64_t b = 0; b < args.clips.clips; ++b) {
    const double n = static_cast<double>(args.clips.length(b));
    pairs += n * n;
  }
  const double bias = args.bias.data == nullptr ? 0 : bytes_of(args.bias) + bytes_of(args.gate);
  return {bytes_of(args.q) + bytes_of(args.k) + bytes_of(args.v) + bias + bytes_of(args.y),
          4 * pairs * static_cast<double>(args.q.size(1))};
}

void scaled_attention(const ScaledAttentionArgs& args, const Stream& stream) {
  const char* op = "scaled_attention";
  const int64_t rows = args.q.size(0), channels = args.q.size(1);
  check_that(args.heads >= 1 && channels >= 1 && channels % args.heads == 0, op, "heads",
             "a number that divides the channels");
  const int64_t d = channels / args.heads;
  check_that(d % 8 == 0 && d <= 128, op, "q", "a multiple of 8 up to 128 for each head");
  for (const auto& [name, view] : {std::pair{"q", args.q}, {"k", args.k}, {"v", args.v}}) {
    check_shape(op, name, view, {rows, channels});
    check_rows(op, name, view);
  }
  check_ragged(op, "clips", args.clips, rows);
  if (args.bias.data != nullptr) {
    check_shape(op, "bias", args.bias, {args.heads, -1});
    check_rows(op, "bias", args.bias);
    const int64_t longest = args.clips.longest();
    if (args.bias.size(1) % 2 == 0 || args.bias.size(1) < 2 * longest - 1) {
      bad_argument(op, "bias", std::to_string(args.bias.size(1)) + " distances",
                   "an odd number, at least " + std::to_string(2 * longest - 1));
    }
  }
  if (args.gate.data != nullptr) {
    check_that(args.bias.data != nullptr, op, "gate", "none without a bias");
    check_shape(op, "gate", args.gate, {rows, args.heads});
    check_rows(op, "gate", args.gate);
  }
  check_shape(op, "y", args.y, {rows, channels});
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, scaled_attention_workspace(rows, args.heads, d, stream));
  const ObserverScope observed(stream, op, scaled_attention_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return scaled_attention_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
