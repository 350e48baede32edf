#include "runtime/networks/cmgan/dense_block.h"

#include "kernels/zero_border/zero_border.h"

namespace serene::runtime {

InstanceNormArgs NormPrelu::args_of(const Pass& pass, const View<float, 4>& x) const {
  InstanceNormArgs args;
  args.x = x;
  args.weight = weight.view();
  args.bias = bias.view();
  args.slope = slope.view();
  args.workspace = pass.arena.workspace(instance_norm_workspace(x.size(0), x.size(1), x.size(3)));
  return args;
}

void NormPrelu::forward(const Pass& pass, const View<float, 4>& x) const {
  const Arena::Scope scope(pass.arena);
  const InstanceNormArgs args = args_of(pass, x);
  pass.run([&] { instance_norm(args, pass.stream); });
}

void NormPrelu::forward_after(const Pass& pass, Conv2dArgs convolution) const {
  const Arena::Scope scope(pass.arena);
  InstanceNormArgs args = args_of(pass, convolution.y);
  if (conv2d_gives_sums(pass.stream.device)) {
    const View<float, 4>& x = args.x;
    args.sums =
        make_view<4>(reinterpret_cast<double*>(args.workspace.data()), {x.size(0), x.size(1), 2, x.size(3)});
    convolution.sums = args.sums;
  }
  pass.run([&] { conv2d(convolution, pass.stream); });
  pass.run([&] { instance_norm(args, pass.stream); });
}

DenseSlab::DenseSlab(const Pass& pass, int64_t batch, int64_t frames, int64_t bins, int64_t channels)
    : map_(pass.arena.take<4>({batch, kHistory + frames, bins + 2, (kDepth + 1) * channels})),
      channels_(channels) {
  ZeroBorderArgs args;
  args.y = map_;
  args.before_t = kHistory;
  args.before_f = args.after_f = 1;
  pass.run([&] { zero_border(args, pass.stream); });
}

View<float, 4> DenseSlab::slice(int64_t index) const {
  View<float, 4> view = map_;
  view.data += kHistory * map_.stride[1] + map_.stride[2] + index * channels_;
  view.shape = {map_.size(0), map_.size(1) - kHistory, map_.size(2) - 2, channels_};
  return view;
}

View<float, 4> DenseSlab::last_bordered() const {
  View<float, 4> view = slice(0);
  view.data -= map_.stride[2];
  view.shape[2] += 2;
  return view;
}

DenseBlock::DenseBlock(const WeightReader& reader) {
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i + 1);
    layers_[i].weight = reader.conv("conv" + n + ".weight");
    layers_[i].bias = reader.vector("conv" + n + ".bias");
    layers_[i].norm = {reader.vector("norm" + n + ".weight"), reader.vector("norm" + n + ".bias"),
                       reader.vector("prelu" + n + ".weight")};
  }
}

void DenseBlock::forward(const Pass& pass, const DenseSlab& slab, Precision ends) const {
  for (int i = 0; i < DenseSlab::kDepth; ++i) {
    const int64_t dilation = int64_t{1} << i;
    Conv2dArgs args;
    // The layer's history ends in the frame itself; its channels are all to the right of what it writes.
    args.x = slab.map_;
    args.x.data +=
        (DenseSlab::kHistory - dilation) * slab.map_.stride[1] + (DenseSlab::kDepth - i) * slab.channels_;
    args.x.shape[1] -= DenseSlab::kHistory - dilation;
    args.x.shape[3] = (i + 1) * slab.channels_;
    args.weight = &layers_[i].weight;
    args.kernel_t = 2;
    args.kernel_f = 3;
    args.dilation_t = dilation;
    args.bias = layers_[i].bias.data();
    args.precision = i == 0 || i == DenseSlab::kDepth - 1 ? ends : pass.precision;
    args.y = slab.output(i);
    layers_[i].norm.forward_after(pass, args);
  }
}

}  // namespace serene::runtime
