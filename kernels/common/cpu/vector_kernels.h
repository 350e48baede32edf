// The inner loops of the CPU back end, built once per instruction-set level and chosen at run time.
//
// Only raw pointers cross this interface, and the files behind it (level/) use no inline function of a
// library: otherwise the linker might keep the AVX-512 copy of one and an older CPU would meet an illegal
// instruction. Within a level each output element is always computed by the same operations in the same
// order, wherever it falls in a tile; that is what makes scores independent of batch and thread count.
// Products in bf16 (operands rounded to it, sums in fp32) every level has, but only avx512bf16 has an
// instruction for them.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"

namespace serene::cpu {

using serene::Activation;

inline constexpr int64_t kPartialColumns = 64;

// C = final(residual + scale * activation(A B + bias)), with A read through taps, so that a convolution over
// a channels-last map is a product without a copy: row r of A is, tap after tap, a + r * lda + taps[t] + [0,
// tap_k).
struct Gemm {
  const float* a = nullptr;
  int64_t lda = 0;
  const int64_t* taps = nullptr;  // (tap_count) offsets in elements
  int64_t tap_count = 1;
  int64_t tap_k = 0;
  const float* b = nullptr;  // PackedMatrix of (tap_count * tap_k, n)
  // Or its pairs: the product is bf16's, of A rounded on its way; tap_k even.
  const uint32_t* b_pairs = nullptr;
  // Then what `a` points to may be pairs already, with lda and taps counted in them, and what `c` points to
  // may become pairs, with ldc counted in them; for this n is a multiple of 32, and there is one tap.
  bool a_is_pairs = false, c_is_pairs = false;
  const float* bias = nullptr;      // (n) or null
  const float* residual = nullptr;  // (m, n) by ldr, or null
  int64_t ldr = 0;
  float scale = 1.0f;
  Activation activation = Activation::none;
  bool final_relu = false;
  float* c = nullptr;  // (m, n) by ldc; may be the residual
  int64_t ldc = 0;
  int64_t m = 0, n = 0;
  // (m, 64) scratch for sums over a part of K, where C has no room for them, as with a residual or pairs in
  // C; or null: K then goes in one part there, however long.
  float* partial = nullptr;
  bool accumulate = false;  // A B is added to what C has; without a residual, pairs in C and `partial`
  // Rows of several maps at once, so that B is read once for all: row r is row r % group of map r / group,
  // maps a_group and c_group apart. 0: one map. Without a residual.
  int64_t group = 0, a_group = 0, c_group = 0;
};

// One head of attention with Shaw's relative positions over queries [first, first + rows). Operands are
// floats, or, with a Word of uint32_t, pairs of bf16 along what is summed up: d for q, kt and et, which then
// have half as many columns or rows, and n for vt, whose rows are half full.
template <class Word>
struct Attention {
  const Word* q = nullptr;  // (n, d) by ldq, times log2(e) and the scale: softmax is in powers of two
  int64_t ldq = 0;
  const Word* kt = nullptr;  // (d, ldt) keys, transposed; columns from n to ldt zero
  const Word* vt = nullptr;  // (d, ldt) values, likewise
  int64_t ldt = 0;           // attention_stride(n)
  const Word* et = nullptr;  // (d, lde) distance table, transposed and reversed: column m is E[2 clip - m]
  int64_t lde = 0;           // attention_stride(2 clip + 1)
  int64_t clip = 0;          // largest distance with a row of its own
  int64_t n = 0, d = 0;
  int64_t first = 0, rows = 0;
  float* out = nullptr;  // (n, d) by ldo
  int64_t ldo = 0;
  float* scratch = nullptr;  // attention_scratch(n) floats
};

inline constexpr int64_t kAttentionRows = 6;  // queries of a tile
// Row length of a transposed operand with n columns: whole register tiles.
inline constexpr int64_t attention_stride(int64_t n) { return (n + 63) / 64 * 64 + 64; }
// A row of logits or of distances, never a multiple of 4 KB: rows of a tile would meet in one set of the
// cache.
inline constexpr int64_t attention_row(int64_t n) {
  const int64_t row = attention_stride(n) + 128;
  return row % 1024 == 0 ? row + 16 : row;
}
inline constexpr int64_t attention_scratch(int64_t n) { return 2 * kAttentionRows * attention_row(n); }

// Rows of logits against a tile of keys, and what their softmax has come to with the tiles before it.
struct SoftmaxStep {
  // (rows, n) by ld: raw products on entry, powers on return. Of each row as many floats as make n a multiple
  // of 16 are read and written.
  float* logits = nullptr;
  int64_t ld = 0, rows = 0, n = 0;
  float scale = 1.0f;  // of the products, log2(e) included
  // Row r adds gate[r ld_gate] bias[j - r] to the logit of key j; either may be null, the gate then 1.
  const float* bias = nullptr;
  const float* gate = nullptr;
  int64_t ld_gate = 0;
  float *largest = nullptr, *total = nullptr;  // (rows), first kNoLogit and 0
  float* sums = nullptr;                       // (rows, d), relative to `largest`: brought to the new one
  int64_t d = 0;
  bool to_pairs = false;  // powers become pairs of bf16, from the start of each row on
};
inline constexpr float kNoLogit = -1e30f;  // below any logit, and finite

struct VectorKernels {
  const char* name;
  void (*gemm)(const Gemm&);
  void (*attention)(const Attention<float>&);
  void (*attention_bf16)(const Attention<uint32_t>&);
  void (*softmax_step)(const SoftmaxStep&);
  // y (c, stride) = x (rows, c) by ldx, transposed, with zeros after them.
  void (*transpose)(const float* x, int64_t ldx, int64_t rows, int64_t c, float* y, int64_t stride);
  // y (rows, c) by ldy = layer norm of x (rows, c) by ldx.
  void (*layer_norm)(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* weight,
                     const float* bias, float eps, float* y, int64_t ldy);
  // y (count) = (x[0], x[1]), (x[2], x[3]) and so on, rounded to bf16; y may be x's memory.
  void (*pairs_in_row)(const float* x, int64_t count, uint32_t* y);
  // y (2 rows, 16) = the floats of pairs (rows, 16): row r's lower halves to row 2 r, its upper halves to row
  // 2 r + 1.
  void (*floats_of_pairs)(const uint32_t* x, int64_t rows, float* y);
  // y (count) = (x0[0], x1[0]), (x0[1], x1[1]) and so on, rounded to bf16; y may be x0's memory.
  void (*pairs_of_rows)(const float* x0, const float* x1, int64_t count, uint32_t* y);
  // y (rows, c) = x[:, :c] * sigmoid(x[:, c:]) for x (rows, 2 c); `bf16` where that is all that y is for.
  void (*glu)(const float* x, int64_t rows, int64_t c, float* y, bool bf16);
  // y (rows, c) = silu(bias + sum_k weight[k] * x[row + k]) for x (rows + taps - 1, c), weight (taps, c).
  void (*depthwise_silu)(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                         const float* bias, float* y, bool bf16);
  // Adds up x and x^2 over the rows, in double: sum (c), square (c) are written.
  void (*channel_sums)(const float* x, int64_t rows, int64_t ldx, int64_t c, double* sum, double* square);
  // x = prelu(x * scale + shift) in place, all per channel.
  void (*scale_shift_prelu)(float* x, int64_t rows, int64_t ldx, int64_t c, const float* scale,
                            const float* shift, const float* slope);
  // y = act(x * scale + shift), scale and shift per channel, act GELU or none; y may be x.
  void (*scale_shift)(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* scale,
                      const float* shift, bool gelu, float* y, int64_t ldy);
  // A step of PyTorch's GRU cell: from `input` and `hidden`, both (3 units) of the gates r, z and n, and h
  // (units) its next value, y, which may be h.
  void (*gru_cell)(const float* input, const float* hidden, const float* h, int64_t units, float* y);
  // y (count) = the exact GELU of x; y may be x.
  void (*gelu_row)(const float* x, int64_t count, float* y);
  // y (count) = tanh(x); y may be x.
  void (*tanh_row)(const float* x, int64_t count, float* y);
  // The peak of one core: `rounds` of multiply-adds in registers, by the factor in *result, whose place a
  // value that depends on all of them takes. Returns their FLOP.
  int64_t (*multiply_adds)(int64_t rounds, float* result);
  int64_t (*multiply_adds_bf16)(int64_t rounds, float* result);
};

// The best level this machine has, or the one that SERENE_CPU_LEVEL names (baseline, avx2, avx512,
// avx512bf16); throws Error(invalid_argument) if that one is unknown or not to be had here. Decided once.
const VectorKernels& vector_kernels();

}  // namespace serene::cpu
