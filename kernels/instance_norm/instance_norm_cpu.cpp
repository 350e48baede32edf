#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/instance_norm/instance_norm.h"

namespace serene {

void instance_norm_cpu(const InstanceNormArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t batch = args.x.size(0), frames = args.x.size(1), bins = args.x.size(2), c = args.x.size(3);
  auto* workspace = reinterpret_cast<double*>(args.workspace.data());
  double* sums = args.sums.data == nullptr ? workspace : args.sums.data;        // (B, T, 2, C)
  auto* affine = reinterpret_cast<float*>(workspace + batch * frames * 2 * c);  // (B, 2, C)
  const auto frame = [&](int64_t task) {
    return args.x.data + task / frames * args.x.stride[0] + task % frames * args.x.stride[1];
  };

  // Backwards: what was written last is still in a cache, and so will be what the next loop begins with.
  const int64_t to_take = args.sums.data == nullptr ? batch * frames : 0;
  stream.pool->parallel_for(to_take, [&](int64_t i, int) {
    const int64_t task = to_take - 1 - i;
    double* sum = sums + task * 2 * c;
    kernels.channel_sums(frame(task), bins, args.x.stride[2], c, sum, sum + c);
  });
  stream.pool->parallel_for(batch, [&](int64_t b, int) {
    double* sum = sums + b * frames * 2 * c;
    for (int64_t t = 1; t < frames; ++t) {
      for (int64_t i = 0; i < 2 * c; ++i) sum[i] += sum[t * 2 * c + i];
    }
    const double count = static_cast<double>(frames * bins);
    float* scale = affine + b * 2 * c;
    for (int64_t i = 0; i < c; ++i) {
      const double mean = sum[i] / count;
      const double variance = std::fmax(sum[c + i] / count - mean * mean, 0.0);
      const double factor = args.weight.data[i] / std::sqrt(variance + static_cast<double>(args.eps));
      scale[i] = static_cast<float>(factor);
      scale[c + i] = static_cast<float>(args.bias.data[i] - mean * factor);
    }
  });
  stream.pool->parallel_for(batch * frames, [&](int64_t task, int) {
    const float* scale = affine + task / frames * 2 * c;
    kernels.scale_shift_prelu(frame(task), bins, args.x.stride[2], c, scale, scale + c, args.slope.data);
  });
}

}  // namespace serene
