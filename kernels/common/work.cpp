#include "kernels/common/work.h"

#include <cmath>

namespace serene {

double fft_flop(double n) { return 2.5 * n * std::log2(n); }

}  // namespace serene
