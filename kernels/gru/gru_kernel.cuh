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

// Unit u after a step: its gates of the inputs, what the last state gives to each, and its own last value.
SERENE_DEVICE float gru_value(const float* gates, int units, int u, const float (&hidden)[3], float last) {
  const float r = gpu::sigmoid(gates[u] + hidden[0]), z = gpu::sigmoid(gates[units + u] + hidden[1]);
  const float n = tanhf(fmaf(r, hidden[2], gates[2 * units + u]));
  return fmaf(z, last - n, n);
}

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
      const float value = gru_value(gates, units, u, hidden, h[u]);
      next[u] = value;
      args.y[row * args.y_stride + back * units + u] = value;
    }
    __syncthreads();
    float* const old = h;
    h = next;
    next = old;
  }
}

// Up to 1,360 units: the columns of all three gates in fours, times as many slices of the inputs as there are
// threads for. A thread adds up its four columns over its slice, of which the first `cached` inputs lie in
// shared memory from the first step on and the others come from L2; then a thread has a unit. At U = 196 888
// threads, and 250 KB of 461 come from L2: 2.3 us a step at 64 bytes a clock. Sums are added up in the order
// of the slices.
inline constexpr int kGruMostThreads = 1024, kGruMostSlices = 16;

struct GruSlices {
  int quads, slices, length, cached;  // inputs of a slice, and of these in shared memory
  SERENE_HOST_DEVICE constexpr int threads() const { return quads * slices; }
  constexpr size_t weight_bytes() const {
    return static_cast<size_t>(threads()) * 16;
  }  // of an input of each slice
  constexpr size_t state_bytes(int units) const {
    return static_cast<size_t>(units + 3) / 4 * 16 + weight_bytes();  // h, and the slices' sums
  }
};

// Null threads: more units than there are threads for.
constexpr GruSlices gru_slices(int units, size_t most_shared) {
  GruSlices of{(3 * units + 15) / 16 * 4, 0, 0, 0};
  if (of.quads > kGruMostThreads) return of;
  of.slices = kGruMostThreads / of.quads;
  if (of.slices > kGruMostSlices) of.slices = kGruMostSlices;
  of.length = (units + of.slices - 1) / of.slices;
  const size_t taken = of.state_bytes(units);
  const auto room = static_cast<int>(taken < most_shared ? (most_shared - taken) / of.weight_bytes() : 0);
  of.cached = room < of.length ? room : of.length;
  return of;
}

__global__ void __launch_bounds__(kGruMostThreads, 1) gru_slices_kernel(GruKernelArgs args, GruSlices of) {
  SERENE_DYNAMIC_SHARED(memory);
  const int units = args.units, back = static_cast<int>(blockIdx.y), thread = static_cast<int>(threadIdx.x);
  auto* const sums = reinterpret_cast<float4*>(memory);                        // (slices, quads)
  auto* const cache = sums + of.threads();                                     // (cached, slices, quads)
  auto* const h = reinterpret_cast<float*>(cache + of.cached * of.threads());  // (U)
  const int64_t begin = args.begin[blockIdx.x], end = args.begin[blockIdx.x + 1];
  const int quad = thread % of.quads, first = thread / of.quads * of.length;
  const int length = first + of.length < units ? of.length : units > first ? units - first : 0;
  const int cached = length < of.cached ? length : of.cached;
  const auto* const weights = reinterpret_cast<const float4*>(back == 0 ? args.forward : args.backward) +
                              (static_cast<int64_t>(quad / 4) * units + first) * 4 + quad % 4;
  for (int i = 0; i < cached; ++i) cache[i * of.threads() + thread] = weights[i * 4];
  for (int u = thread; u < units; u += of.threads()) h[u] = 0;
  const float* const bias = args.bias + back * args.bias_stride;
  const auto* const parts = reinterpret_cast<const float*>(sums);
  __syncthreads();
  for (int64_t step = 0; step < end - begin; ++step) {
    const int64_t row = back == 0 ? begin + step : end - 1 - step;
    const float* const gates = args.gates + row * args.gates_stride + back * 3 * units;
    float4 sum = make_float4(0, 0, 0, 0);
    const auto add = [&](float4 w, int k) {
      const float x = h[first + k];
      sum.x = fmaf(x, w.x, sum.x);
      sum.y = fmaf(x, w.y, sum.y);
      sum.z = fmaf(x, w.z, sum.z);
      sum.w = fmaf(x, w.w, sum.w);
    };
    for (int k = 0; k < cached; ++k) add(cache[k * of.threads() + thread], k);
#pragma unroll 4
    for (int k = cached; k < length; ++k) add(weights[k * 4], k);
    sums[thread] = sum;
    __syncthreads();
    for (int u = thread; u < units; u += of.threads()) {
      float hidden[3];
      SERENE_UNROLL
      for (int gate = 0; gate < 3; ++gate) {
        hidden[gate] = 0;
        for (int slice = 0; slice < of.slices; ++slice)
          hidden[gate] += parts[slice * of.quads * 4 + gate * units + u];
        hidden[gate] += bias[gate * units + u];
      }
      const float value = gru_value(gates, units, u, hidden, h[u]);
      h[u] = value;
      args.y[row * args.y_stride + back * units + u] = value;
    }
    __syncthreads();
  }
}

}  // namespace serene
