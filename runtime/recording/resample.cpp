#include "runtime/recording/resample.h"

#include <serene/serene.h>
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <string_view>

namespace serene::runtime {
namespace {

void check(soxr_error_t error) {
  if (error == nullptr) return;
  const std::string_view cause = soxr_strerror(error);
  // Its errors are texts alone.
  if (cause == "malloc failed" || cause == "out of memory") throw std::bad_alloc();
  throw ResampleError(std::string(cause));
}

}  // namespace

struct Resampler::State {
  soxr_t handle = nullptr;
  std::vector<float> block;  // output of one call
  ~State() { soxr_delete(handle); }
};

Resampler::Resampler(int rate) {
  if (rate == SERENE_SAMPLE_RATE) return;
  state_ = std::make_unique<State>();
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  state_->handle = soxr_create(rate, SERENE_SAMPLE_RATE, 1, &error, &io, &quality, &runtime);
  check(error);
  state_->block.resize(1 << 16);
}

Resampler::~Resampler() = default;

void Resampler::push(std::span<const float> in, std::vector<float>& out) {
  if (in.empty()) return;
  any_in_ = true;
  last_in_ = in.back();
  if (!state_) {
    out.insert(out.end(), in.begin(), in.end());
    any_out_ = true;
    return;
  }
  size_t used_in_all = 0;
  for (;;) {
    size_t used = 0, made = 0;
    const auto rest = in.subspan(used_in_all);
    check(soxr_process(state_->handle, rest.data(), rest.size(), &used, state_->block.data(),
                       state_->block.size(), &made));
    used_in_all += used;
    out.insert(out.end(), state_->block.begin(), state_->block.begin() + static_cast<ptrdiff_t>(made));
    any_out_ = any_out_ || made > 0;
    if (used_in_all == in.size() && made < state_->block.size()) return;
    if (used == 0 && made == 0) throw ResampleError("no progress");
  }
}

void Resampler::finish(std::vector<float>& out) {
  if (state_) {
    for (;;) {
      size_t made = 0;
      check(soxr_process(state_->handle, nullptr, 0, nullptr, state_->block.data(), state_->block.size(),
                         &made));
      if (made == 0) break;
      out.insert(out.end(), state_->block.begin(), state_->block.begin() + static_cast<ptrdiff_t>(made));
      any_out_ = true;
    }
  }
  // A sample or two at a high rate round to none: a recording is never made empty.
  if (any_in_ && !any_out_) out.push_back(last_in_);
}

}  // namespace serene::runtime
