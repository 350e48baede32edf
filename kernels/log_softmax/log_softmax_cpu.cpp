#include "kernels/common/cpu/log_softmax.h"
#include "kernels/log_softmax/log_softmax.h"

namespace serene {

void log_softmax_cpu(const LogSoftmaxArgs& args, const Stream& stream) {
  stream.pool->parallel_for(args.x.size(0), [&](int64_t row, int) {
    cpu::log_softmax(args.x[row].data, args.x.size(1), args.y[row].data);
  });
}

}  // namespace serene
