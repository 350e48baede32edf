#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"

namespace serene {
namespace {

// Of one column; rows of x are `stride` apart.
float log_sum_exp(const float* x, int64_t stride, int64_t rows) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t t = 0; t < rows; ++t) largest = std::max<double>(largest, x[t * stride]);
  double sum = 0;
  for (int64_t t = 0; t < rows; ++t) sum += std::exp(x[t * stride] - largest);
  return static_cast<float>(largest + std::log(sum));
}

}  // namespace

void log_sum_exp_pool_cpu(const LogSumExpPoolArgs& args, const Stream& stream) {
  const int64_t channels = args.x.size(1);
  stream.pool->parallel_for(args.clips.clips * channels, [&](int64_t task, int) {
    const int64_t clip = task / channels, channel = task % channels;
    args.y[clip].data[channel] =
        log_sum_exp(args.x[args.clips.begin[clip]].data + channel, args.x.stride[0], args.clips.length(clip));
  });
}

}  // namespace serene
