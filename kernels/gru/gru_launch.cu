#include <string>

#include "kernels/common/back_ends.h"
#include "kernels/common/error.h"
#include "kernels/gru/gru.h"
#include "kernels/gru/gru_kernel.cuh"

namespace serene {
namespace {

void gru_launch(const GruArgs& args, const Stream& stream) {
  if (args.gates.size(0) == 0) return;
  const int64_t units = args.forward->k();
  const size_t shared = static_cast<size_t>(2 * units) * sizeof(float);
  if (shared > stream.most_shared) {
    throw Error(ErrorKind::unsupported,
                "gru: " + std::to_string(units) + " units, more than a GPU's shared memory holds");
  }
  GruKernelArgs all{};
  all.gates = args.gates.data;
  all.y = args.y.data;
  all.gates_stride = args.gates.stride[0];
  all.y_stride = args.y.stride[0];
  all.bias_stride = args.bias.stride[0];
  all.begin = args.clips.on_device();
  all.forward = args.forward->data();
  all.backward = args.backward->data();
  all.bias = args.bias.data;
  all.units = static_cast<int>(units);
  if (const GruSlices of = gru_slices(static_cast<int>(units), stream.most_shared); of.slices > 0) {
    const size_t bytes = of.state_bytes(all.units) + static_cast<size_t>(of.cached) * of.weight_bytes();
    gpu::launch(gru_slices_kernel, dim3(gpu::line_grid(args.clips.clips).x, 2), of.threads(), bytes, stream,
                all, of);
    return;
  }
  gpu::launch(gru_kernel, dim3(gpu::line_grid(args.clips.clips).x, 2), kGruThreads, shared, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &gru_launch);

}  // namespace
}  // namespace serene
