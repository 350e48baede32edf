// The dense block's dilated convolutions, and cudnnConvolutionForward on the same channels-last slab.
#include <cudnn.h>

#include "bench/vendor/gpu_bench.h"
#include "kernels/conv2d/conv2d.h"

namespace serene::bench {
namespace {

void check(cudnnStatus_t status) {
  if (status != CUDNN_STATUS_SUCCESS)
    throw Error(ErrorKind::device, std::string("cudnn: ") + cudnnGetErrorString(status));
}

Comparison dense_layer(cudnnHandle_t handle, int64_t batch, int64_t layer, Precision precision,
                       cudaStream_t stream) {
  constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64;
  const int64_t ci = (layer + 1) * kChannels, dilation = int64_t{1} << layer;
  const int64_t rows = kFrames + dilation, columns = kBins + 2;
  const std::vector<float> taps = random_values(kChannels * ci * 6, 2);  // (Co, 2, 3, Ci) as cuDNN reads it
  const Array<float> x(random_values(batch * rows * columns * ci, 1)), w(taps);
  const Array<float> own(batch * kFrames * kBins * kChannels), vendor(own.count());
  std::vector<float> planes(taps.size());  // (Co, Ci, 2, 3)
  for (int64_t o = 0; o < kChannels; ++o) {
    for (int64_t tap = 0; tap < 6; ++tap) {
      for (int64_t c = 0; c < ci; ++c) planes[(o * ci + c) * 6 + tap] = taps[(o * 6 + tap) * ci + c];
    }
  }
  DeviceMemory memory;
  const PackedMatrix weight = PackedMatrix::from_conv(planes, kChannels, ci, 2, 3, memory);
  memory.send();
  Conv2dArgs args;
  args.x = make_view<4, const float>(x.data(), {batch, rows, columns, ci});
  args.weight = &weight;
  args.kernel_t = 2;
  args.kernel_f = 3;
  args.dilation_t = dilation;
  args.precision = precision;
  args.y = make_view<4>(own.data(), {batch, kFrames, kBins, kChannels});
  const Stream on{Device::cuda, nullptr, stream};

  const auto size = [](int64_t n) { return static_cast<int>(n); };
  cudnnTensorDescriptor_t in, out;
  cudnnFilterDescriptor_t filter;
  cudnnConvolutionDescriptor_t convolution;
  check(cudnnCreateTensorDescriptor(&in));
  check(cudnnCreateTensorDescriptor(&out));
  check(cudnnCreateFilterDescriptor(&filter));
  check(cudnnCreateConvolutionDescriptor(&convolution));
  check(cudnnSetTensor4dDescriptor(in, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, size(batch), size(ci), size(rows),
                                   size(columns)));
  check(cudnnSetTensor4dDescriptor(out, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, size(batch), kChannels, kFrames,
                                   kBins));
  check(cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, kChannels, size(ci), 2, 3));
  check(cudnnSetConvolution2dDescriptor(convolution, 0, 0, 1, 1, size(dilation), 1, CUDNN_CROSS_CORRELATION,
                                        CUDNN_DATA_FLOAT));
  check(cudnnSetConvolutionMathType(convolution,
                                    precision == Precision::tf32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH));
  cudnnConvolutionFwdAlgoPerf_t fastest{};
  int found = 0;
  check(cudnnFindConvolutionForwardAlgorithm(handle, in, filter, convolution, out, 1, &found, &fastest));
  if (found == 0) throw Error(ErrorKind::device, "cudnn: no algorithm");
  const Array<char> workspace(std::max<int64_t>(1, static_cast<int64_t>(fastest.memory)));
  const auto convolve = [&] {
    const float one = 1, zero = 0;
    check(cudnnConvolutionForward(handle, &one, in, x.data(), filter, w.data(), convolution, fastest.algo,
                                  workspace.data(), fastest.memory, &zero, out, vendor.data()));
  };
  Comparison result{"conv2d 2x3", "dense layer " + std::to_string(layer + 1), "cuDNN"};
  result.own_ms = median_ms(stream, [&] { conv2d(args, on); });
  result.vendor_ms = median_ms(stream, convolve);
  result.worst = worst_difference(own, vendor);
  check(cudnnDestroyConvolutionDescriptor(convolution));
  check(cudnnDestroyFilterDescriptor(filter));
  check(cudnnDestroyTensorDescriptor(out));
  check(cudnnDestroyTensorDescriptor(in));
  return result;
}

}  // namespace

std::vector<Comparison> against_cudnn(int64_t batch, Precision precision, cudaStream_t stream) {
  cudnnHandle_t handle = nullptr;
  check(cudnnCreate(&handle));
  check(cudnnSetStream(handle, stream));
  std::vector<Comparison> results;
  for (int64_t layer = 0; layer < 4; ++layer)
    results.push_back(dense_layer(handle, batch, layer, precision, stream));
  check(cudnnDestroy(handle));
  return results;
}

}  // namespace serene::bench
