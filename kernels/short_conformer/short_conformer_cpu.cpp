// The modules' own ops, one after another over the whole map: each keeps its tiles in the cache already.
#include <algorithm>

#include "kernels/short_conformer/short_conformer.h"

namespace serene {
namespace {

// The map between modules, up to a multiple of 64 bytes.
size_t map_bytes(const View<const float, 4>& x) {
  return (static_cast<size_t>(x.numel()) * sizeof(float) + 63) / 64 * 64;
}

// On a GPU in bf16, where nothing else leaves the chip: weights in chunks of 64 by 64, a layer's columns
// filled up, and distances of 16 by 32 for every 16 positions (short_weights.cuh).
size_t fragment_bytes(const ShortConformerArgs& args) {
  const auto chunks = [](int64_t columns) { return static_cast<size_t>(columns + 63) / 64; };
  const size_t all = 2 * chunks(args.ff1.w1->n()) + 4 + 3 * chunks(args.convolution.taps.size(1)) +
                     2 * chunks(args.ff2.w1->n());
  const size_t sixteens = static_cast<size_t>(args.x.size(2) + 15) / 16;
  return (all * (64 * 64 + 2 * 64) + sixteens * 32 * 16) * sizeof(uint16_t);
}

template <class T>
bool evenly_spaced(const View<T, 4>& map) {
  const int64_t sequence = map.size(2) * map.stride[2];
  return (map.size(1) == 1 || map.stride[1] == sequence) &&
         (map.size(0) == 1 || map.stride[0] == map.size(1) * sequence);
}

template <class T>
View<T, 2> rows_of(const View<T, 4>& map) {
  return {map.data, {map.size(0) * map.size(1) * map.size(2), map.size(3)}, {map.stride[2], map.stride[3]}};
}

// run(rows of x, rows of the residual, rows of y), in one piece where their strides allow it, else by
// sequence.
template <class Run>
void each_rows(const View<const float, 4>& x, const View<const float, 4>& residual, const View<float, 4>& y,
               Run run) {
  if (evenly_spaced(x) && evenly_spaced(y) && (residual.data == nullptr || evenly_spaced(residual)))
    return run(rows_of(x), rows_of(residual), rows_of(y));
  for (int64_t i = 0; i < x.size(0); ++i) {
    for (int64_t j = 0; j < x.size(1); ++j) {
      run(x[i][j], residual.data == nullptr ? View<const float, 2>{} : residual[i][j], y[i][j]);
    }
  }
}

}  // namespace

size_t short_conformer_workspace(const ShortConformerArgs& args, const Stream& stream) {
  if (stream.device != Device::cpu) return args.precision == Precision::bf16 ? fragment_bytes(args) : 0;
  const int64_t sequences = args.x.size(0) * args.x.size(1), n = args.x.size(2), c = args.x.size(3);
  const ConvModuleArgs& conv = args.convolution;
  const size_t modules[] = {
      feed_forward_workspace(c, args.ff1.w1->n(), stream),
      relative_attention_workspace(sequences, n, c, args.attention.heads, stream),
      conv_module_workspace(sequences, n, c, conv.taps.size(1), conv.taps.size(0), stream),
      feed_forward_workspace(c, args.ff2.w1->n(), stream)};
  return map_bytes(args.x) + *std::max_element(std::begin(modules), std::end(modules));
}

void short_conformer_cpu(const ShortConformerArgs& args, const Stream& stream) {
  const size_t map = map_bytes(args.x);
  const View<float, 4> h = make_view<4>(reinterpret_cast<float*>(args.workspace.data()), args.x.shape);
  const Workspace workspace = args.workspace.subspan(map);
  const auto feed = [&](FeedForwardArgs ff, const View<const float, 4>& x) {
    ff.precision = args.precision;
    ff.workspace = workspace;
    each_rows(x, {}, h, [&](const auto& from, const auto&, const auto& to) {
      ff.x = ff.residual = from;
      ff.y = to;
      feed_forward(ff, stream);
    });
  };

  feed(args.ff1, args.x);
  RelativeAttentionArgs attention = args.attention;
  attention.x = attention.residual = attention.y = h;
  attention.precision = args.precision;
  attention.workspace = workspace;
  relative_attention(attention, stream);
  ConvModuleArgs convolution = args.convolution;
  convolution.x = convolution.residual = convolution.y = h;
  convolution.precision = args.precision;
  convolution.workspace = workspace;
  conv_module(convolution, stream);
  feed(args.ff2, h);
  LayerNormArgs norm = args.norm;
  each_rows(h, args.residual, args.y, [&](const auto& from, const auto& residual, const auto& to) {
    norm.x = from;
    norm.residual = residual;
    norm.y = to;
    layer_norm(norm, stream);
  });
}

}  // namespace serene
