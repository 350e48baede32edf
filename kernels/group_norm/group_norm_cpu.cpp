#include <algorithm>
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/group_norm/group_norm.h"

namespace serene {
namespace {

// The slots of a clip's pieces.
int64_t first_slot(const Ragged& clips, int64_t clip) { return clips.begin[clip] / kGroupNormRows + clip; }

// piece(clip, first row of the clip, rows) for the piece in a slot, if it is not empty.
template <class Piece>
void with_piece(const Ragged& clips, int64_t slot, Piece piece) {
  int64_t low = 0, high = clips.clips;  // first_slot(low) <= slot < first_slot(high)
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (first_slot(clips, middle) <= slot ? low : high) = middle;
  }
  const int64_t first = (slot - first_slot(clips, low)) * kGroupNormRows;
  const int64_t rows = std::min(kGroupNormRows, clips.length(low) - first);
  if (rows > 0) piece(low, first, rows);
}

}  // namespace

void group_norm_cpu(const GroupNormArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const Ragged& clips = args.clips;
  const int64_t c = args.x.size(1), slots = args.x.size(0) / kGroupNormRows + clips.clips;
  auto* sums = reinterpret_cast<double*>(args.workspace.data());  // (slots, 2, C)
  double* statistics = sums + slots * 2 * c;                      // (workers, 2, C)
  auto* affine = reinterpret_cast<float*>(statistics + stream.pool->size() * 2 * c);
  stream.pool->parallel_for(slots, [&](int64_t slot, int) {
    with_piece(clips, slot, [&](int64_t clip, int64_t first, int64_t rows) {
      double* of_piece = sums + slot * 2 * c;
      kernels.channel_sums(args.x.data + (clips.begin[clip] + first) * args.x.stride[0], rows,
                           args.x.stride[0], c, of_piece, of_piece + c);
    });
  });
  stream.pool->parallel_for(slots, [&](int64_t slot, int worker) {
    with_piece(clips, slot, [&](int64_t clip, int64_t first, int64_t rows) {
      double* total = statistics + worker * 2 * c;
      std::fill_n(total, 2 * c, 0.0);
      const int64_t pieces = (clips.length(clip) + kGroupNormRows - 1) / kGroupNormRows;
      for (int64_t p = 0; p < pieces; ++p) {
        const double* of_piece = sums + (first_slot(clips, clip) + p) * 2 * c;
        for (int64_t i = 0; i < 2 * c; ++i) total[i] += of_piece[i];
      }
      float *scale = affine + worker * 2 * c, *shift = scale + c;
      const auto count = static_cast<double>(clips.length(clip));
      for (int64_t i = 0; i < c; ++i) {
        const double mean = total[i] / count;
        const double variance = std::max(total[c + i] / count - mean * mean, 0.0);
        const double factor = args.weight.data[i] / std::sqrt(variance + static_cast<double>(args.eps));
        scale[i] = static_cast<float>(factor);
        shift[i] = static_cast<float>(args.bias.data[i] - mean * factor);
      }
      const int64_t row = clips.begin[clip] + first;
      kernels.scale_shift(args.x.data + row * args.x.stride[0], args.x.stride[0], rows, c, scale, shift,
                          args.activation == Activation::gelu, args.y.data + row * args.y.stride[0],
                          args.y.stride[0]);
    });
  });
}

}  // namespace serene
