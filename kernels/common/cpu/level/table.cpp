#include "kernels/common/cpu/vector_kernels.h"

#define SERENE_TEXT_(x) #x
#define SERENE_TEXT(x) SERENE_TEXT_(x)

namespace serene::cpu::SERENE_CPU_LEVEL {

void gemm(const Gemm& g);
void attention(const Attention& a);
void transpose(const float* x, int64_t ldx, int64_t rows, int64_t c, float* y, int64_t stride);
void layer_norm(const float* x, int64_t ldx, int64_t rows, int64_t c, const float* weight, const float* bias,
                float eps, float* y, int64_t ldy);
void glu(const float* x, int64_t rows, int64_t c, float* y);
void depthwise_silu(const float* x, int64_t rows, int64_t c, int64_t taps, const float* weight,
                    const float* bias, float* y);
void channel_sums(const float* x, int64_t rows, int64_t ldx, int64_t c, double* sum, double* square);
void scale_shift_prelu(float* x, int64_t rows, int64_t ldx, int64_t c, const float* scale, const float* shift,
                       const float* slope);
int64_t multiply_adds(int64_t rounds, float* result);

const VectorKernels& table() {
  static constexpr VectorKernels kTable{SERENE_TEXT(SERENE_CPU_LEVEL),
                                        gemm,
                                        attention,
                                        transpose,
                                        layer_norm,
                                        glu,
                                        depthwise_silu,
                                        channel_sums,
                                        scale_shift_prelu,
                                        multiply_adds};
  return kTable;
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
