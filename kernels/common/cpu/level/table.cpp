#include "kernels/common/cpu/vector_kernels.h"

#define SERENE_TEXT_(x) #x
#define SERENE_TEXT(x) SERENE_TEXT_(x)

namespace serene::cpu::SERENE_CPU_LEVEL {

void gemm(const Gemm& g);
void attention(const Attention<float>& a);
void attention_bf16(const Attention<uint32_t>& a);
void softmax_step(const SoftmaxStep& step);
void transpose(const float* x, int64_t ldx, int64_t rows, int64_t c, float* y, int64_t stride);
void layer_norm(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* weight, const float* bias,
                float eps, float* y, int64_t ldy);
void pairs_in_row(const float* x, int64_t count, uint32_t* y);
void floats_of_pairs(const uint32_t* x, int64_t rows, float* y);
void pairs_of_rows(const float* x0, const float* x1, int64_t count, uint32_t* y);
void glu(const float* x, int64_t rows, int64_t c, float* y, bool bf16);
void depthwise_silu(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                    const float* bias, float* y, bool bf16);
void channel_sums(const float* x, int64_t rows, int64_t ldx, int64_t c, double* sum, double* square);
void scale_shift_prelu(float* x, int64_t rows, int64_t ldx, int64_t c, const float* scale, const float* shift,
                       const float* slope);
void scale_shift(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* scale, const float* shift,
                 bool gelu, float* y, int64_t ldy);
void gru_cell(const float* input, const float* hidden, const float* h, int64_t units, float* y);
void gelu_row(const float* x, int64_t count, float* y);
void tanh_row(const float* x, int64_t count, float* y);
int64_t multiply_adds(int64_t rounds, float* result);
int64_t multiply_adds_bf16(int64_t rounds, float* result);

const VectorKernels& table() {
  static constexpr VectorKernels kTable{SERENE_TEXT(SERENE_CPU_LEVEL),
                                        gemm,
                                        attention,
                                        attention_bf16,
                                        softmax_step,
                                        transpose,
                                        layer_norm,
                                        pairs_in_row,
                                        floats_of_pairs,
                                        pairs_of_rows,
                                        glu,
                                        depthwise_silu,
                                        channel_sums,
                                        scale_shift_prelu,
                                        scale_shift,
                                        gru_cell,
                                        gelu_row,
                                        tanh_row,
                                        multiply_adds,
                                        multiply_adds_bf16};
  return kTable;
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
