#include "kernels/short_conformer/short_conformer.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {
namespace {

constexpr const char* kOp = "short_conformer";

void check_feed_forward(const char* w, const char* vectors, const FeedForwardArgs& ff, int64_t c) {
  check_that(ff.w1 != nullptr && ff.w2 != nullptr, kOp, w, "packed matrices");
  check_that(ff.w1->k() == c && ff.w2->k() == ff.w1->n() && ff.w2->n() == c, kOp, w, "(C, H) and (H, C)");
  check_shape(kOp, vectors, ff.norm_weight, {c});
  check_shape(kOp, vectors, ff.norm_bias, {c});
  check_shape(kOp, vectors, ff.b1, {ff.w1->n()});
  check_shape(kOp, vectors, ff.b2, {c});
}

void check_attention(const RelativeAttentionArgs& attention, int64_t c) {
  check_that(attention.qkv != nullptr && attention.out != nullptr && attention.distances != nullptr, kOp,
             "attention: qkv, out, distances", "weights");
  check_that(attention.heads >= 1 && c % attention.heads == 0, kOp, "attention: heads",
             "a divisor of the channels");
  check_that(attention.qkv->k() == c && attention.qkv->n() == 3 * c, kOp, "attention: qkv", "(C, 3 C)");
  check_that(attention.out->k() == c && attention.out->n() == c, kOp, "attention: out", "(C, C)");
  check_that(attention.distances->d() == c / attention.heads, kOp, "attention: distances", "rows of C / H");
  check_shape(kOp, "attention: norm_weight", attention.norm_weight, {c});
  check_shape(kOp, "attention: norm_bias", attention.norm_bias, {c});
  check_shape(kOp, "attention: out_bias", attention.out_bias, {c});
}

void check_convolution(const ConvModuleArgs& conv, int64_t c) {
  const int64_t inner = conv.taps.size(1);
  check_that(conv.w1 != nullptr && conv.w2 != nullptr, kOp, "convolution: w1, w2", "packed matrices");
  check_that(conv.w1->k() == c && conv.w1->n() == 2 * inner, kOp, "convolution: w1", "(C, 2 I)");
  check_that(conv.w2->k() == inner && conv.w2->n() == c, kOp, "convolution: w2", "(I, C)");
  check_that(conv.taps.size(0) % 2 == 1, kOp, "convolution: taps", "an odd number");
  check_contiguous(kOp, "convolution: taps", conv.taps);
  check_shape(kOp, "convolution: norm_weight", conv.norm_weight, {c});
  check_shape(kOp, "convolution: norm_bias", conv.norm_bias, {c});
  check_shape(kOp, "convolution: b1", conv.b1, {2 * inner});
  check_shape(kOp, "convolution: taps_bias", conv.taps_bias, {inner});
  check_shape(kOp, "convolution: b2", conv.b2, {c});
}

}  // namespace

bool short_conformer_fits(int64_t n, int64_t channels, int64_t heads, int64_t taps, Precision precision,
                          const Stream& stream) {
  if (stream.device == Device::cpu) return true;
  if (short_conformer_shared(precision) > stream.most_shared) return false;
  return n <= 128 && channels <= 64 && heads <= 4 && channels / heads <= 16 && taps <= 31;
}

Work short_conformer_work(const ShortConformerArgs& args) {
  FeedForwardArgs ff1 = args.ff1, ff2 = args.ff2;
  RelativeAttentionArgs attention = args.attention;
  ConvModuleArgs convolution = args.convolution;
  LayerNormArgs norm = args.norm;
  attention.x = convolution.x = args.x;
  ff1.x = ff2.x = norm.x =
      make_view<2>(args.x.data, {args.x.size(0) * args.x.size(1) * args.x.size(2), args.x.size(3)});
  if (args.residual.data != nullptr) norm.residual = norm.x;
  // Each module reads its weights; its map is this op's, read and written once.
  Work work{residual_bytes(args.residual, args.x) + bytes_of(args.x) + bytes_of(args.y), 0};
  for (const Work& module : {feed_forward_work(ff1), relative_attention_work(attention),
                             conv_module_work(convolution), feed_forward_work(ff2), layer_norm_work(norm)}) {
    work += {module.bytes - bytes_of(args.x), module.flop};
  }
  return work;
}

void short_conformer(const ShortConformerArgs& args, const Stream& stream) {
  const int64_t n = args.x.size(2), c = args.x.size(3);
  check_rows(kOp, "x", args.x);
  check_that(n >= 1, kOp, "x", "at least one position");
  check_feed_forward("ff1: w1, w2", "ff1: vectors", args.ff1, c);
  check_attention(args.attention, c);
  check_convolution(args.convolution, c);
  check_feed_forward("ff2: w1, w2", "ff2: vectors", args.ff2, c);
  check_shape(kOp, "norm: weight", args.norm.weight, {c});
  check_shape(kOp, "norm: bias", args.norm.bias, {c});
  if (args.residual.data != nullptr) {
    check_shape(kOp, "residual", args.residual, args.x.shape);
    check_rows(kOp, "residual", args.residual);
  }
  check_shape(kOp, "y", args.y, args.x.shape);
  check_rows(kOp, "y", args.y);
  check_workspace(kOp, args.workspace, short_conformer_workspace(args, stream));
  if (!short_conformer_fits(n, c, args.attention.heads, args.convolution.taps.size(0), args.precision,
                            stream)) {
    throw Error(ErrorKind::unsupported,
                std::string(kOp) + ": sequences of " + dims_text({args.x.shape.data() + 2, 2}) +
                    " on a GPU, which takes up to (128, 64), four heads of 16 and 31 taps");
  }
  const ObserverScope observed(stream, kOp, short_conformer_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(kOp, args.precision);
      return short_conformer_cpu(args, stream);
    default:
      return run_back_end(kOp, args, stream);
  }
}

}  // namespace serene
