#include "kernels/classifier/classifier.h"
#include "kernels/classifier/classifier_kernel.cuh"
#include "kernels/common/back_ends.h"

namespace serene {
namespace {

void classifier_launch(const ClassifierArgs& args, const Stream& stream) {
  if (args.log_posterior.numel() == 0) return;
  ClassifierKernelArgs part;
  part.embedding = args.embedding.data;
  part.w1 = args.w1->data();
  part.w2 = args.w2->data();
  part.b1 = args.b1.data;
  part.b2 = args.b2.data;
  part.hidden = reinterpret_cast<float*>(args.workspace.data());
  part.log_posterior = args.log_posterior.data;
  part.embedding_stride = args.embedding.stride[0];
  part.log_posterior_stride = args.log_posterior.stride[0];
  part.width = static_cast<int>(args.embedding.size(1));
  part.hiddens = static_cast<int>(args.w1->n());
  part.classes = static_cast<int>(args.w2->n());
  gpu::launch(classifier_kernel, gpu::line_grid(args.embedding.size(0)), 32 * part.kWarps, 0, stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &classifier_launch);

}  // namespace
}  // namespace serene
