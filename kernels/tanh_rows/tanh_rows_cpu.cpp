#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/tanh_rows/tanh_rows.h"

namespace serene {

void tanh_rows_cpu(const TanhRowsArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  stream.pool->parallel_for(args.x.size(0), [&](int64_t row, int) {
    kernels.tanh_row(args.x[row].data, args.x.size(1), args.y[row].data);
  });
}

}  // namespace serene
