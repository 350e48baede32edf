#include "kernels/self_attention_pool/self_attention_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t self_attention_pool_workspace(const SelfAttentionPoolArgs& args, const Stream& stream) {
  const size_t scores = static_cast<size_t>(args.x.size(0) * args.v.size(0)) * sizeof(double);
  if (stream.device != Device::cpu) return scores;
  // A worker's row of tanh.
  return scores + static_cast<size_t>(stream.pool->size() * args.projected.size(1)) * sizeof(float);
}

Work self_attention_pool_work(const SelfAttentionPoolArgs& args) {
  const double hops = static_cast<double>(args.v.size(0));
  return {bytes_of(args.x) + bytes_of(args.projected) + bytes_of(args.v) + bytes_of(args.y) +
              bytes_of(args.attention),
          (1 + 2 * hops) * static_cast<double>(args.projected.numel()) +
              2 * hops * static_cast<double>(args.x.numel())};
}

void self_attention_pool(const SelfAttentionPoolArgs& args, const Stream& stream) {
  const char* op = "self_attention_pool";
  const int64_t rows = args.x.size(0), e = args.x.size(1), hops = args.v.size(0);
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_shape(op, "projected", args.projected, {rows, -1});
  check_rows(op, "projected", args.projected);
  check_that(hops >= 1, op, "v", "at least one hop");
  check_shape(op, "v", args.v, {hops, args.projected.size(1)});
  check_rows(op, "v", args.v);
  check_ragged(op, "clips", args.clips, rows);
  check_no_clip_empty(op, "clips", args.clips, "at least one");
  check_shape(op, "y", args.y, {args.clips.clips, hops * e});
  check_rows(op, "y", args.y);
  if (args.attention.data != nullptr) {
    check_shape(op, "attention", args.attention, {rows, hops});
    check_rows(op, "attention", args.attention);
  }
  check_workspace(op, args.workspace, self_attention_pool_workspace(args, stream));
  const ObserverScope observed(stream, op, self_attention_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return self_attention_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
