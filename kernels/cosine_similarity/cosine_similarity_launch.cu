#include "kernels/common/back_ends.h"
#include "kernels/cosine_similarity/cosine_similarity.h"
#include "kernels/cosine_similarity/cosine_similarity_kernel.cuh"

namespace serene {
namespace {

void cosine_similarity_launch(const CosineSimilarityArgs& args, const Stream& stream) {
  const int64_t batch = args.x.size(0), mels = args.x.size(2);
  if (batch == 0 || mels == 0) return;
  CosineSimilarityKernelArgs part;
  part.x = args.x.data;
  part.e = args.e.data;
  part.d = args.d.data;
  for (int i = 0; i < 2; ++i) {
    part.x_stride[i] = args.x.stride[i];
    part.e_stride[i] = args.e.stride[i];
  }
  part.d_stride = args.d.stride[0];
  part.frames = args.x.size(1);
  part.mels = static_cast<int>(mels);
  part.pieces = (part.mels + part.kMels - 1) / part.kMels;
  gpu::launch(cosine_similarity_kernel, gpu::line_grid(batch * part.pieces), part.kMels * part.kRows, 0,
              stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &cosine_similarity_launch);

}  // namespace
}  // namespace serene
