#include "kernels/attention_pool/attention_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t attention_pool_workspace(const AttentionPoolArgs& args) {
  // The logits.
  return static_cast<size_t>(args.x.size(0) * args.x.size(1)) * sizeof(double);
}

Work attention_pool_work(const AttentionPoolArgs& args) {
  // A product with u, a product with the weights.
  return {bytes_of(args.x) + bytes_of(args.u) + bytes_of(args.y) + bytes_of(args.attention),
          4 * static_cast<double>(args.x.numel())};
}

void attention_pool(const AttentionPoolArgs& args, const Stream& stream) {
  const char* op = "attention_pool";
  check_shape(op, "x", args.x, {-1, -1, -1});
  check_rows(op, "x", args.x);
  const int64_t b = args.x.size(0), t = args.x.size(1), e = args.x.size(2);
  check_that(t >= 1, op, "x", "at least one frame");
  check_shape(op, "u", args.u, {e});
  check_rows(op, "u", args.u);
  check_shape(op, "y", args.y, {b, e});
  check_rows(op, "y", args.y);
  if (args.attention.data != nullptr) {
    check_shape(op, "attention", args.attention, {b, t});
    check_rows(op, "attention", args.attention);
  }
  check_workspace(op, args.workspace, attention_pool_workspace(args));
  const ObserverScope observed(stream, op, attention_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return attention_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
