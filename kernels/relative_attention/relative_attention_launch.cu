#include <cmath>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/relative_attention/relative_attention.h"
#include "kernels/relative_attention/relative_attention_kernel.cuh"

namespace serene {
namespace {

// The smallest of the widths that holds D.
template <int kWidth, int... kWider, class Launch>
void launch_width(int64_t d, Launch launch) {
  if (d <= kWidth) return launch([] { return kWidth; });
  if constexpr (sizeof...(kWider) > 0) {
    launch_width<kWider...>(d, launch);
  } else {
    throw Error(ErrorKind::unsupported, "relative_attention: heads of " + std::to_string(d) +
                                            " channels on a GPU, which takes up to 32");
  }
}

void launch_attention(Precision precision, dim3 grid, const AttentionArgs& args, const Stream& stream) {
  gpu::launch_precisely(precision, [&](auto precise) {
    if constexpr (precise() == Precision::fp32) {
      launch_width<4, 8, 16, 32>(args.d, [&](auto width) {
        gpu::launch(attention_kernel<width()>, grid, kQueries, 0, stream, args);
      });
    } else {
      launch_width<16, 32>(args.d, [&](auto width) {
        using Tiles = AttentionTiles<precise(), width()>;
        const auto rows = static_cast<int>(relative_attention_distances(args.n));
        gpu::launch(attention_distances_kernel<precise(), width()>,
                    static_cast<unsigned>((rows * (width() / 8) + 255) / 256), 256, 0, stream, args, rows);
        gpu::launch(warp_attention_kernel<precise(), width()>, grid, Tiles::kThreads, sizeof(Tiles), stream,
                    args);
      });
    }
  });
}

void relative_attention_launch(const RelativeAttentionArgs& args, const Stream& stream) {
  const int64_t n = args.x.size(2), channels = args.x.size(3), d = channels / args.heads;
  const gpu::Rows rows = gpu::rows_of(args.x);
  if (rows.count == 0) return;
  float* const qkv = reinterpret_cast<float*>(args.workspace.data() + relative_attention_table(n, d));
  const auto tiles = static_cast<unsigned>((rows.count + gpu::kTileRows - 1) / gpu::kTileRows);
  const size_t shared =
      static_cast<size_t>(gpu::kTileRows * gpu::tile_lda(static_cast<int>(channels))) * sizeof(float);

  NormProjectArgs in{};
  in.x = args.x.data;
  in.rows = rows;
  in.norm_weight = args.norm_weight.data;
  in.norm_bias = args.norm_bias.data;
  in.eps = args.eps;
  in.weights = gpu::weights_of(*args.qkv);
  in.y = qkv;
  // The projections of rows of 64 channels at most, in bf16.
  const bool fragments =
      gpu::rows_as_fragments(args.precision, channels, *args.qkv) && gpu::in_fours(in.x, rows);
  const int most = gpu::tiles_a_block(rows.count);
  if (fragments) {
    const NormProjectFragmentArgs part{in, most};
    gpu::launch_steps(channels, [&](auto steps) {
      gpu::launch(norm_project_fragment_kernel<steps()>, gpu::fragment_grid(rows.count),
                  gpu::kFragmentThreads, norm_project_fragment_shared(steps(), in.weights.n), stream, part);
    });
  } else {
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(norm_project_kernel<precision()>, tiles, gpu::kTileThreads, shared, stream, in);
    });
  }

  AttentionArgs attention{};
  attention.qkv = qkv;
  attention.distances = args.distances->data();
  attention.stride = args.distances->stride();
  attention.n = n;
  attention.channels = static_cast<int>(channels);
  attention.d = static_cast<int>(d);
  attention.clip = static_cast<int>(args.distances->clip());
  attention.scale = static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(d)));
  attention.tiles = (n + kQueries - 1) / kQueries;
  attention.table = args.workspace.data();
  const dim3 grid(static_cast<unsigned>(rows.count / n * attention.tiles), static_cast<unsigned>(args.heads));
  launch_attention(args.precision, grid, attention, stream);

  ProjectArgs out{};
  out.x = qkv;
  out.ld = 3 * channels;
  out.weights = gpu::weights_of(*args.out);
  out.bias = args.out_bias.data;
  out.residual = args.residual.data;
  out.residual_rows = gpu::rows_of(args.residual);
  out.y_rows = gpu::rows_of(args.y);
  out.y = args.y.data;
  if (fragments && gpu::in_fours(out.y, out.y_rows) && gpu::in_fours(out.residual, out.residual_rows)) {
    const gpu::Rows attended{rows.count, 1, rows.count, 0, 0, out.ld};
    const ProjectFragmentArgs part{out, attended, most};
    gpu::launch_steps(channels, [&](auto steps) {
      gpu::launch(project_fragment_kernel<steps()>, gpu::fragment_grid(rows.count), gpu::kFragmentThreads, 0,
                  stream, part);
    });
    return;
  }
  const dim3 out_grid(tiles, static_cast<unsigned>((channels + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(project_kernel<precision()>, out_grid, gpu::kTileThreads, shared, stream, out);
  });
}

const bool registered = add_back_end(gpu::kDevice, &relative_attention_launch);

}  // namespace
}  // namespace serene
