#include "runtime/recording/resample.h"

#include <serene/serene.h>

#include "runtime/recording/rate_converter.h"

namespace serene::runtime {

Resampler::Resampler(int rate) {
  if (rate != SERENE_SAMPLE_RATE) converter_ = make_rate_converter(rate);
}

Resampler::~Resampler() = default;

void Resampler::push(std::span<const float> in, std::vector<float>& out) {
  if (in.empty()) return;
  any_in_ = true;
  last_in_ = in.back();
  const size_t before = out.size();
  if (converter_) {
    converter_->push(in, out);
  } else {
    out.insert(out.end(), in.begin(), in.end());
  }
  any_out_ = any_out_ || out.size() > before;
}

void Resampler::finish(std::vector<float>& out) {
  const size_t before = out.size();
  if (converter_) converter_->finish(out);
  any_out_ = any_out_ || out.size() > before;
  // A sample or two at a high rate round to none: a recording is never made empty.
  if (any_in_ && !any_out_) out.push_back(last_in_);
}

}  // namespace serene::runtime
