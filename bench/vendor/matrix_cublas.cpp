// conv2d with one tap, which is a matrix product, and cublasGemmEx.
#include <cublas_v2.h>

#include "bench/vendor/gpu_bench.h"
#include "kernels/conv2d/conv2d.h"

namespace serene::bench {
namespace {

void check(cublasStatus_t status) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw Error(ErrorKind::device, std::string("cublas: ") + cublasGetStatusString(status));
}

Comparison product(cublasHandle_t handle, int64_t batch, int64_t k, int64_t n, Precision precision,
                   cudaStream_t stream) {
  constexpr int64_t kFrames = 801, kBins = 101;
  const int64_t rows = batch * kFrames * kBins;
  const std::vector<float> rows_of_w = random_values(n * k, 2);
  const Array<float> x(random_values(rows * k, 1)), w(rows_of_w);
  const Array<float> own(rows * n), vendor(rows * n);
  DeviceMemory memory;
  const PackedMatrix weight = PackedMatrix::from_rows(rows_of_w, n, k, memory);
  memory.send();
  Conv2dArgs args;
  args.x = make_view<4, const float>(x.data(), {batch, kFrames, kBins, k});
  args.weight = &weight;
  args.precision = precision;
  args.y = make_view<4>(own.data(), {batch, kFrames, kBins, n});
  const Stream on{Device::cuda, nullptr, stream};
  // Column-major: y^T (n, rows) = w (n, k) x^T (k, rows).
  const auto gemm = [&] {
    const float one = 1, zero = 0;
    const cublasComputeType_t compute =
        precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    check(cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, static_cast<int>(n), static_cast<int>(rows),
                       static_cast<int>(k), &one, w.data(), CUDA_R_32F, static_cast<int>(k), x.data(),
                       CUDA_R_32F, static_cast<int>(k), &zero, vendor.data(), CUDA_R_32F, static_cast<int>(n),
                       compute, CUBLAS_GEMM_DEFAULT));
  };
  Comparison result{"conv2d 1x1",
                    std::to_string(rows) + " x " + std::to_string(k) + " -> " + std::to_string(n), "cuBLAS"};
  result.own_ms = median_ms(stream, [&] { conv2d(args, on); });
  result.vendor_ms = median_ms(stream, gemm);
  result.worst = worst_difference(own, vendor);
  return result;
}

}  // namespace

std::vector<Comparison> against_cublas(int64_t batch, Precision precision, cudaStream_t stream) {
  cublasHandle_t handle = nullptr;
  check(cublasCreate(&handle));
  check(cublasSetStream(handle, stream));
  std::vector<Comparison> results;
  // The feed-forward's two layers, and queries, keys and values.
  for (const auto& [k, n] : {std::pair<int64_t, int64_t>{64, 256}, {256, 64}, {64, 192}})
    results.push_back(product(handle, batch, k, n, precision, stream));
  check(cublasDestroy(handle));
  return results;
}

}  // namespace serene::bench
