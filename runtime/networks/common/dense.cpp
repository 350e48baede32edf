#include "runtime/networks/common/dense.h"

#include "kernels/layer_norm/layer_norm.h"
#include "kernels/linear/linear.h"

namespace serene::runtime {

Norm::Norm(const WeightReader& weights, double eps)
    : weight_(weights.vector("weight")), bias_(weights.vector("bias")), eps_(static_cast<float>(eps)) {}

void Norm::forward(const Pass& pass, const View<const float, 2>& x, const View<float, 2>& y) const {
  LayerNormArgs args;
  args.x = x;
  args.weight = weight_.view();
  args.bias = bias_.view();
  args.eps = eps_;
  args.y = y;
  pass.run([&] { layer_norm(args, pass.stream); });
}

Dense::Dense(const WeightReader& weights)
    : weight_(weights.product("weight")), bias_(weights.vector("bias")) {}

void Dense::forward(const Pass& pass, const View<const float, 2>& x, const View<float, 2>& y,
                    Activation activation, const View<const float, 2>& residual) const {
  const Arena::Scope scope(pass.arena);
  LinearArgs args;
  args.x = x;
  args.weight = &weight_;
  args.bias = bias_.view();
  args.activation = activation;
  args.residual = residual;
  args.y = y;
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(linear_workspace(x.size(0), weight_, pass.precision, pass.stream));
  pass.run([&] { linear(args, pass.stream); });
}

}  // namespace serene::runtime
