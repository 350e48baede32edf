#include "kernels/channel_attention_pool/channel_attention_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t channel_attention_pool_workspace(const ChannelAttentionPoolArgs& args) {
  // Logits and values.
  return static_cast<size_t>(2 * args.x.size(0) * args.x.size(1) * args.y.size(1)) * sizeof(float);
}

Work channel_attention_pool_work(const ChannelAttentionPoolArgs& args) {
  const double frames = static_cast<double>(args.x.size(0) * args.x.size(1));
  const double weights =
      bytes_of(*args.att) + bytes_of(args.att_bias) + bytes_of(*args.cla) + bytes_of(args.cla_bias);
  return {bytes_of(args.x) + weights + bytes_of(args.y) + bytes_of(args.attention),
          4 * frames * static_cast<double>(args.att->k() * args.att->n())};
}

void channel_attention_pool(const ChannelAttentionPoolArgs& args, const Stream& stream) {
  const char* op = "channel_attention_pool";
  check_shape(op, "x", args.x, {-1, -1, -1});
  check_rows(op, "x", args.x);
  const int64_t b = args.x.size(0), t = args.x.size(1), c = args.x.size(2);
  check_that(t >= 1, op, "x", "at least one frame");
  check_that(args.att != nullptr && args.cla != nullptr, op, "att, cla", "packed matrices");
  const int64_t e = args.att->n();
  check_that(args.att->k() == c && args.cla->k() == c && args.cla->n() == e, op, "att, cla", "(C, E) both");
  check_shape(op, "att_bias", args.att_bias, {e});
  check_rows(op, "att_bias", args.att_bias);
  check_shape(op, "cla_bias", args.cla_bias, {e});
  check_rows(op, "cla_bias", args.cla_bias);
  check_shape(op, "y", args.y, {b, e});
  check_rows(op, "y", args.y);
  if (args.attention.data != nullptr) {
    check_shape(op, "attention", args.attention, {b, t, e});
    check_rows(op, "attention", args.attention);
  }
  check_workspace(op, args.workspace, channel_attention_pool_workspace(args));
  const ObserverScope observed(stream, op, channel_attention_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return channel_attention_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
