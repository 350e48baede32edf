// For a build without soxr (SERENE_SOXR=OFF).
#include <string>

#include "runtime/recording/rate_converter.h"
#include "runtime/recording/resample.h"

namespace serene::runtime {

bool can_resample() { return false; }

std::unique_ptr<RateConverter> make_rate_converter(int rate) {
  throw ResampleError(std::to_string(rate) +
                      " Hz: this build takes 16000 Hz alone, as it has no resampler (SERENE_SOXR)");
}

}  // namespace serene::runtime
