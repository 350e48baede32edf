// A conformer block over one short sequence in bf16, a warp having 16 positions from the read of its map to
// the write. Grid: x over sequences; a block has a warp for every 16 positions, eight at most.
//
// The running map h stays in registers, 32 floats a lane, in the layout that products come in
// (short_weights.cuh): rows g and g + 8, eight neighbouring channels out of every 32. So a module's norm is a
// matter of four lanes, what it gives is the left operand of the first product as it is, and that one's
// outputs are that of the second. Between warps go keys, values and distances (short_warp_attention.cuh) and
// the gated map, whose convolution reads 15 rows of either neighbour; shared memory has one of the two at a
// time, besides four chunks of weights, two of them under way.
//
// At C = 64, N = 101, H = 256, I = 128: 26 MFLOP a sequence, 30 with seven warps' padding, for 52 KB read and
// written, and 227 KB of weights and distances out of L2. 26 chunks of 64 x 64 take a warp 32 mma and 16
// loads of 16 bytes a lane each. Silu and sigmoid are one tanh each, whose arguments are halved in the
// weights. Shared memory: 85 KB with seven warps, 91 KB with eight; it, and 128 registers, half of them h and
// a product's sums, let two blocks share an SM.
//
// An SM's schedulers issue in half of their cycles on an H200, of 80 thousand instructions of warps a
// sequence, a quarter of which are the depthwise convolution's FMA. The waits are for the results of
// instructions before, with 3.5 warps a scheduler, and a seventh of them at barriers.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/depthwise.h"
#include "kernels/common/gpu/tanh_activations.h"
#include "kernels/short_conformer/short_arguments.cuh"
#include "kernels/short_conformer/short_warp_attention.cuh"

namespace serene {

// Blocks that share an SM: an A100's 164 KB have room for one.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
inline constexpr int kShortBlocks = 1;
#else
inline constexpr int kShortBlocks = 2;
#endif

inline constexpr int kChunkSlots = 4;

// Words of shared memory for a block of so many warps.
struct ShortWords {
  static constexpr int kMapLd = kChunk + 4;
  static constexpr int kHalo = kShortTaps / 2;
  static constexpr int kOwn = 16 * kChunk / 2;  // of a warp: its rows on their way to the operand

  SERENE_HOST_DEVICE static constexpr int map(int warps) { return (16 * warps + 2 * kHalo) * kMapLd; }
  SERENE_HOST_DEVICE static constexpr int shared(int warps) {
    return map(warps) > ShortKeys::words(warps) ? map(warps) : ShortKeys::words(warps);
  }
  SERENE_HOST_DEVICE static constexpr int all(int warps) {
    return kChunkSlots * kChunkWords + shared(warps) + warps * kOwn;
  }
};

// Begins to copy a multiple of four words, all threads of the block.
SERENE_DEVICE void stage_words(uint32_t* to, const uint32_t* from, int count) {
  for (int i = 4 * static_cast<int>(threadIdx.x); i < count; i += 4 * static_cast<int>(blockDim.x))
    gpu::cp_async<16>(to + i, from + i);
}

// Chunks on their way through shared memory, two at a time: two are under way while two are used.
class ShortChunks {
 public:
  SERENE_DEVICE ShortChunks(const uint32_t* from, uint32_t* slots, int count)
      : from_(from), slots_(slots), left_(count * kChunkWords), next_(0) {
    issue(0);
  }

  // The next chunk. Before every other one all of the block come, and the two chunks that they had are given
  // up.
  SERENE_DEVICE const uint32_t* next() {
    if (next_ % 2 == 0) {
      gpu::cp_async_wait<0>();
      __syncthreads();
      issue(next_ ^ 2);
    }
    const uint32_t* const chunk = slots_ + next_ * kChunkWords;
    next_ = (next_ + 1) % kChunkSlots;
    return chunk;
  }

 private:
  SERENE_DEVICE void issue(int slot) {
    stage_words(slots_ + slot * kChunkWords, from_, left_ < 2 * kChunkWords ? left_ : 2 * kChunkWords);
    gpu::cp_async_commit();
    from_ += 2 * kChunkWords;
    left_ -= 2 * kChunkWords;
  }

  const uint32_t* from_;
  uint32_t* slots_;
  int left_, next_;
};

// A warp's 16 positions. kWhole: 64 channels in four heads, every layer a whole number of chunks, 31 taps,
// and all vectors and rows aligned to 16 bytes.
template <bool kWhole>
class ShortWarp {
 public:
  SERENE_DEVICE ShortWarp(const ShortConformerKernelArgs& args, const uint32_t* distances, uint32_t* shared,
                          uint32_t* own)
      : args_(args), distances_(distances), shared_(shared), own_(own) {}

  SERENE_DEVICE void load(const ShortMap& map, int64_t sequence) {
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int group = i / 2, down = i % 2, c = 32 * group + 8 * (lane() % 4);
      const float* const from = map.data + sequence + row(down) * map.stride_n + c;
      float eight[8] = {};
      if (row(down) < args_.n) load_eight<kWhole>(eight, from, args_.channels - c);
      SERENE_UNROLL
      for (int j = 0; j < 8; ++j) h_[group][j % 4][2 * down + j / 4] = eight[j];
    }
  }

  SERENE_DEVICE void feed_forward(const ShortFeedForwardArgs& args, ShortChunks& chunks) {
    if (args.scale == 0) {
      for (int first = 0; first < args.w1.n; first += kChunk) chunks.next(), chunks.next();
      return;
    }
    uint32_t normed[4][4];
    norm(normed, args.norm_weight, args.norm_bias, args.eps);
    // The outputs are added up to h / scale, as products need no factor then.
    add(args.b2, 1 / args.scale);
    for (int first = 0; first < args.w1.n; first += kChunk) {
      uint32_t inner[4][4];
      const uint32_t* const w1 = chunks.next();
      SERENE_UNROLL
      for (int group = 0; group < 2; ++group) {
        WarpSums sums;
        begin_sums(sums, w1, group);
        multiply_chunk(sums, normed, w1, group);
        each_column(sums, [&](float& sum, int) { sum = gpu::silu_of_twice(sum); });
        pack_left(inner[2 * group], sums, 0);
        pack_left(inner[2 * group + 1], sums, 1);
      }
      multiply_all(inner, chunks.next());
    }
    SERENE_UNROLL
    for (int group = 0; group < 2; ++group)
      each_column(h_[group], [&](float& sum, int) { sum *= args.scale; });
  }

  SERENE_DEVICE void attention(const ShortAttentionArgs& args, ShortChunks& chunks) {
    const ShortKeys keys(shared_, static_cast<int>(blockDim.x) / 32);
    stage_words(keys.distances, distances_, 2 * keys.warps * ShortKeys::kFragment);
    uint32_t normed[4][4], operand[4][4];
    norm(normed, args.norm_weight, args.norm_bias, args.eps);
    // Of heads: queries, then outputs.
    each_product(normed, chunks.next(), [&](WarpSums& sums, int group) {
      each_column(sums, [&](float& sum, int) { sum *= args.scale; });
      pack_left(operand[2 * group], sums, 0);
      pack_left(operand[2 * group + 1], sums, 1);
    });
    each_product(normed, chunks.next(), [&](WarpSums& sums, int group) {
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        uint32_t left[4];
        pack_left(left, sums, half);
        keys.put_keys(2 * group + half, left);
      }
    });
    each_product(normed, chunks.next(),
                 [&](WarpSums& sums, int group) { keys.put_values(group, sums, args_.n); });
    const uint32_t* const out = chunks.next();
    __syncthreads();  // keys, values and distances are there
                      // One head's code, the heads taking turns in its registers.
#if defined(__CUDACC__)
#pragma unroll 1
#endif
    for (int head = 0; head < 4; ++head) {
      uint32_t query[4];
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) query[i] = operand[0][i];
      if (kWhole || head < args.heads) ShortQueries::attend(query, keys, head, args_.n);
      SERENE_UNROLL
      for (int i = 0; i < 12; ++i) operand[i / 4][i % 4] = operand[i / 4 + 1][i % 4];
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) operand[3][i] = query[i];
    }
    add(args.out_bias, 1);
    multiply_all(operand, out);
  }

  SERENE_DEVICE void convolution(const ShortConvolutionArgs& args, ShortChunks& chunks) {
    constexpr int kLd = ShortWords::kMapLd, kHalo = ShortWords::kHalo;
    uint32_t normed[4][4];
    norm(normed, args.norm_weight, args.norm_bias, args.eps);
    float* const map = reinterpret_cast<float*>(shared_);  // rows from -kHalo on
    const int rows = static_cast<int>(blockDim.x) / 2, inner = args.w2.k;
    for (int first = 0; first < inner; first += kChunk) {
      SERENE_UNROLL
      for (int part = 0; part < 2; ++part) {
        const uint32_t* const chunk = chunks.next();
        if (part == 0) __syncthreads();  // attention, or the filter, is done with what the map replaces
        if (first == 0 && part == 0) {
          for (int i = static_cast<int>(threadIdx.x); i < 2 * kHalo * kLd; i += static_cast<int>(blockDim.x))
            map[i < kHalo * kLd ? i : i + rows * kLd] = 0;
        }
        gate(args, normed, chunk, first + 32 * part, map + kHalo * kLd + 32 * part);
      }
      const uint32_t* const w2 = chunks.next();
      __syncthreads();  // the map is there
      SERENE_UNROLL
      for (int part = 0; part < 2; ++part) filter(args, first + 32 * part, map + 32 * part, 32 * part);
      __syncwarp();
      uint32_t left[4][4];
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int group = i / 2, down = i % 2;
        const uint4 four =
            *reinterpret_cast<const uint4*>(own_at(lane() / 4 + 8 * down, 32 * group + 8 * (lane() % 4)));
        left[2 * group][down] = four.x, left[2 * group][2 + down] = four.y;
        left[2 * group + 1][down] = four.z, left[2 * group + 1][2 + down] = four.w;
      }
      multiply_all(left, w2);
    }
    add(args.b2, 1);
  }

  // y = [residual +] LN(h)
  SERENE_DEVICE void store(int64_t residual, float* y) {
    float mean[2], scale[2];
    moments(mean, scale, args_.norm_eps);
    SERENE_UNROLL
    for (int group = 0; group < 2; ++group) {
      const int c = 32 * group + 8 * (lane() % 4), left = args_.channels - c;
      float weight[8], bias[8];
      load_eight<kWhole>(weight, args_.norm_weight + c, left);
      load_eight<kWhole>(bias, args_.norm_bias + c, left);
      SERENE_UNROLL
      for (int down = 0; down < 2; ++down) {
        if (row(down) >= args_.n) continue;
        float eight[8], plus[8] = {};
        if (args_.residual.data != nullptr)
          load_eight<kWhole>(plus, args_.residual.data + residual + row(down) * args_.residual.stride_n + c,
                             left);
        SERENE_UNROLL
        for (int i = 0; i < 8; ++i) {
          const float value = h_[group][i % 4][2 * down + i / 4] - mean[down];
          eight[i] = value * scale[down] * weight[i] + bias[i] + plus[i];
        }
        float* const to = y + row(down) * args_.y_stride_n + c;
        if constexpr (kWhole) {
          *reinterpret_cast<float4*>(to) = make_float4(eight[0], eight[1], eight[2], eight[3]);
          *reinterpret_cast<float4*>(to + 4) = make_float4(eight[4], eight[5], eight[6], eight[7]);
        } else {
          SERENE_UNROLL
          for (int i = 0; i < 8; ++i) {
            if (i < left) to[i] = eight[i];
          }
        }
      }
    }
  }

 private:
  SERENE_DEVICE static int lane() { return static_cast<int>(threadIdx.x) % 32; }
  SERENE_DEVICE static int row(int down) {
    return static_cast<int>(threadIdx.x) / 32 * 16 + lane() / 4 + 8 * down;
  }

  // h += left (16, 64) times a chunk.
  SERENE_DEVICE void multiply_all(const uint32_t (&left)[4][4], const uint32_t* chunk) {
    SERENE_UNROLL
    for (int step = 0; step < 4; ++step) {
      multiply_step(h_[0], left[step], chunk, step, 0);
      multiply_step(h_[1], left[step], chunk, step, 1);
    }
  }

  // visit(sums, group) of left (16, 64) times each 32 columns of a chunk.
  template <class Visit>
  SERENE_DEVICE static void each_product(const uint32_t (&left)[4][4], const uint32_t* chunk, Visit visit) {
    SERENE_UNROLL
    for (int group = 0; group < 2; ++group) {
      WarpSums sums;
      each_column(sums, [&](float& sum, int) { sum = 0; });
      multiply_chunk(sums, left, chunk, group);
      visit(sums, group);
    }
  }

  // h = factor h + bias
  SERENE_DEVICE void add(const float* bias, float factor) {
    SERENE_UNROLL
    for (int group = 0; group < 2; ++group) {
      const int c = 32 * group + 8 * (lane() % 4);
      float eight[8];
      load_eight<kWhole>(eight, bias + c, args_.channels - c);
      each_column(h_[group], [&](float& sum, int i) { sum = __fmaf_rn(sum, factor, eight[i]); });
    }
  }

  // Of rows g and g + 8: mean, and 1 / standard deviation.
  SERENE_DEVICE void moments(float (&mean)[2], float (&scale)[2], float eps) {
    const float share = 1 / static_cast<float>(kWhole ? kChunk : args_.channels);
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      float sum = 0, squares = 0;
      SERENE_UNROLL
      for (int i = 0; i < 16; ++i) sum += h_[i / 8][i % 4][2 * down + i / 4 % 2];
      sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
      sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 2);
      mean[down] = sum * share;
      const int left = args_.channels - 8 * (lane() % 4);
      if (kWhole || args_.channels == kChunk) {
        SERENE_UNROLL
        for (int i = 0; i < 16; ++i) {
          const float off = h_[i / 8][i % 4][2 * down + i / 4 % 2] - mean[down];
          squares = __fmaf_rn(off, off, squares);
        }
      } else {
        SERENE_UNROLL
        for (int i = 0; i < 16; ++i) {
          const float off = h_[i / 8][i % 4][2 * down + i / 4 % 2] - mean[down];
          if (i / 8 * 32 + i % 8 < left) squares = __fmaf_rn(off, off, squares);
        }
      }
      squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 1);
      squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 2);
      scale[down] = rsqrtf(squares * share + eps);
    }
  }

  // LN(h) as a left operand.
  SERENE_DEVICE void norm(uint32_t (&normed)[4][4], const float* weight, const float* bias, float eps) {
    float mean[2], scale[2];
    moments(mean, scale, eps);
    SERENE_UNROLL
    for (int group = 0; group < 2; ++group) {
      const int c = 32 * group + 8 * (lane() % 4);
      float weights[8], biases[8];
      load_eight<kWhole>(weights, weight + c, args_.channels - c);
      load_eight<kWhole>(biases, bias + c, args_.channels - c);
      WarpSums values;
      SERENE_UNROLL
      for (int i = 0; i < 16; ++i) {
        const int k = i / 2, down = i % 2;
        values[k % 4][2 * down + k / 4] =
            __fmaf_rn((h_[group][k % 4][2 * down + k / 4] - mean[down]) * scale[down], weights[k], biases[k]);
      }
      pack_left(normed[2 * group], values, 0);
      pack_left(normed[2 * group + 1], values, 1);
    }
  }

  // Gated channels [first, first + 32) of the warp's rows into the map; zeros where there are none.
  SERENE_DEVICE void gate(const ShortConvolutionArgs& args, const uint32_t (&normed)[4][4],
                          const uint32_t* chunk, int first, float* map) {
    const int c = 8 * (lane() % 4), inner = args.w2.k, left = inner - first - c;
    WarpSums sums, gates;
    begin_sums(sums, chunk, 0);
    begin_sums(gates, chunk, 1);
    SERENE_UNROLL
    for (int step = 0; step < 4; ++step) {
      multiply_step(sums, normed[step], chunk, step, 0);
      multiply_step(gates, normed[step], chunk, step, 1);
    }
    SERENE_UNROLL
    for (int j = 0; j < 4; ++j) {
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) sums[j][i] *= gpu::sigmoid_of_twice(gates[j][i]);
    }
    if constexpr (!kWhole) {
      each_column(sums, [&](float& sum, int i) { sum = i < left ? sum : 0.0f; });
    }
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      float4 low = make_float4(sums[0][2 * down], sums[1][2 * down], sums[2][2 * down], sums[3][2 * down]);
      float4 high = make_float4(sums[0][2 * down + 1], sums[1][2 * down + 1], sums[2][2 * down + 1],
                                sums[3][2 * down + 1]);
      if (row(down) >= args_.n) low = high = make_float4(0, 0, 0, 0);
      float* const to = map + row(down) * ShortWords::kMapLd + c;
      *reinterpret_cast<float4*>(to) = low;
      *reinterpret_cast<float4*>(to + 4) = high;
    }
  }

  // Silu of the depthwise convolution at the warp's rows, channels [first, first + 32), a lane having one, to
  // columns from `column` on of the warp's own rows. map: of row -kHalo.
  SERENE_DEVICE void filter(const ShortConvolutionArgs& args, int first, const float* map, int column) {
    constexpr int kLd = ShortWords::kMapLd;
    const int c = first + lane(), inner = args.w2.k;
    const bool there = kWhole || c < inner;
    const float* const from = map + static_cast<int>(threadIdx.x) / 32 * 16 * kLd + lane();
    float sums[16];
    SERENE_UNROLL
    for (int i = 0; i < 16; ++i) sums[i] = there ? args.taps_bias[c] : 0.0f;
    const float* const taps = args.taps + (there ? c : 0);
    if constexpr (kWhole) {
      float weights[kShortTaps];
      SERENE_UNROLL
      for (int tap = 0; tap < kShortTaps; ++tap) weights[tap] = taps[tap * inner];
      SERENE_UNROLL
      for (int i = 0; i < 16 + kShortTaps - 1; ++i) {
        const float input = from[i * kLd];
        SERENE_UNROLL
        for (int j = 0; j < 16; ++j) {
          if (i - j >= 0 && i - j < kShortTaps) sums[j] = __fmaf_rn(weights[i - j], input, sums[j]);
        }
      }
    } else {
      const float* const begin = from + (ShortWords::kHalo - args.count / 2) * kLd;
      gpu::add_depthwise(
          sums, [&](int i) { return begin[i * kLd]; }, taps, inner, args.count);
    }
    SERENE_UNROLL
    for (int i = 0; i < 16; ++i)
      *own_at(i, column + lane()) = gpu::to_bf16(gpu::silu_of_twice(0.5f * sums[i]));
  }

  // Of the warp's 16 rows of 64; odd rows begin in the middle, so that two of them meet no bank twice.
  SERENE_DEVICE gpu::Bf16* own_at(int row, int column) const {
    return reinterpret_cast<gpu::Bf16*>(own_) + row * kChunk + (column ^ (row & 1) << 5);
  }

  const ShortConformerKernelArgs& args_;
  const uint32_t* distances_;
  uint32_t *shared_, *own_;
  WarpSums h_[2];
};

// words: what short_weights_kernel made.
template <bool kWhole>
__global__ void __launch_bounds__(256, kShortBlocks)
    short_conformer_warps_kernel(ShortConformerKernelArgs args, const uint32_t* words) {
  SERENE_DYNAMIC_SHARED(memory);
  const int warps = static_cast<int>(blockDim.x) / 32, count = count_chunks(args);
  uint32_t* const slots = reinterpret_cast<uint32_t*>(memory);
  uint32_t* const shared = slots + kChunkSlots * kChunkWords;
  uint32_t* const own =
      shared + ShortWords::shared(warps) + static_cast<int>(threadIdx.x) / 32 * ShortWords::kOwn;
  const int64_t s0 = blockIdx.x / args.s1, s1 = blockIdx.x % args.s1;
  ShortChunks chunks(words, slots, count);
  ShortWarp<kWhole> warp(args, words + count * kChunkWords, shared, own);
  warp.load(args.x, s0 * args.x.stride_s0 + s1 * args.x.stride_s1);
  warp.feed_forward(args.ff1, chunks);
  warp.attention(args.attention, chunks);
  warp.convolution(args.convolution, chunks);
  warp.feed_forward(args.ff2, chunks);
  warp.store(s0 * args.residual.stride_s0 + s1 * args.residual.stride_s1,
             args.y + s0 * args.y_stride_s0 + s1 * args.y_stride_s1);
}

}  // namespace serene
