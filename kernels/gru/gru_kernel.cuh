// The recurrence of a GRU layer on a GPU. Grid: x over clips, y over the two directions; 256 threads, each of
// which has every 256th unit.
//
// A step is 6 U^2 FLOP a direction and reads 12 U^2 bytes of weights from L2, 0.8 MB at U = 256: bound by
// what one SM gets from there, some 64 bytes a clock, 7 us a step, and 10 ms for 1,500 of them. Many clips
// run side by side, and share the weights in L2. h and its next value are both in shared memory, because
// every thread reads all of h. fp32 on the CUDA cores: a product of one row does not fill a tensor core's
// tile.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

inline constexpr int kGruThreads = 256;

struct GruKernelArgs {
  const float* gates;
  float* y;
  int64_t gates_stride, y_stride, bias_stride;
  const int64_t* begin;             // (clips + 1)
  const float *forward, *backward;  // weights, [3 U / 16][U][16]
  const float* bias;                // (2, 3 U)
  int units;
};

__global__ void __launch_bounds__(kGruThreads) gru_kernel(GruKernelArgs args) {
  SERENE_DYNAMIC_SHARED(memory);
  const int units = args.units, back = static_cast<int>(blockIdx.y);
  float* h = reinterpret_cast<float*>(memory);  // (U)
  float* next = h + units;                      // (U)
  const int64_t begin = args.begin[blockIdx.x], end = args.begin[blockIdx.x + 1];
  const float* const weights = back == 0 ? args.forward : args.backward;
  const float* const bias = args.bias + back * args.bias_stride;
  for (int u = static_cast<int>(threadIdx.x); u < units; u += kGruThreads) h[u] = 0;
  __syncthreads();
  for (int64_t step = 0; step < end - begin; ++step) {
    const int64_t row = back == 0 ? begin + step : end - 1 - step;
    const float* const gates = args.gates + row * args.gates_stride + back * 3 * units;
    for (int u = static_cast<int>(threadIdx.x); u < units; u += kGruThreads) {
      float hidden[3];
      SERENE_UNROLL
      for (int gate = 0; gate < 3; ++gate) {
        const int column = gate * units + u;
        const float* const w = weights + (static_cast<int64_t>(column / 16) * units) * 16 + column % 16;
        float sum = 0;
#pragma unroll 8
        for (int k = 0; k < units; ++k) sum = fmaf(h[k], w[k * 16], sum);
        hidden[gate] = sum + bias[column];
      }
      const float r = gpu::sigmoid(gates[u] + hidden[0]), z = gpu::sigmoid(gates[units + u] + hidden[1]);
      const float n = tanhf(fmaf(r, hidden[2], gates[2 * units + u]));
      const float value = fmaf(z, h[u] - n, n);
      next[u] = value;
      args.y[row * args.y_stride + back * units + u] = value;
    }
    __syncthreads();
    float* const old = h;
    h = next;
    next = old;
  }
}

}  // namespace serene
