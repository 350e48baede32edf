#include <serene/serene.h>
#include <soxr.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "runtime/recording/rate_converter.h"
#include "runtime/recording/resample.h"

namespace serene::runtime {
namespace {

void check(soxr_error_t error) {
  if (error == nullptr) return;
  const std::string_view cause = soxr_strerror(error);
  // Its errors are texts alone.
  if (cause == "malloc failed" || cause == "out of memory") throw std::bad_alloc();
  throw ResampleError(std::string(cause));
}

// soxr goes on with null pointers where the system gives it no memory. It takes less than this, for rates
// from 1 to 768 kHz and blocks of 16384 samples: that so much is there is seen before it begins.
void require_memory() {
  const auto room = std::make_unique_for_overwrite<std::byte[]>(1 << 20);
  *const_cast<volatile std::byte*>(room.get()) = {};  // else the compiler leaves the allocation out
}

class SoxrConverter : public RateConverter {
 public:
  explicit SoxrConverter(int rate) {
    require_memory();
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t error = nullptr;
    handle_.reset(soxr_create(rate, SERENE_SAMPLE_RATE, 1, &error, &io, &quality, &runtime));
    check(error);
    block_.resize(1 << 16);
  }

  void push(std::span<const float> in, std::vector<float>& out) override {
    for (;;) {
      size_t used = 0, made = 0;
      check(soxr_process(handle_.get(), in.data(), in.size(), &used, block_.data(), block_.size(), &made));
      in = in.subspan(used);
      append(made, out);
      if (in.empty() && made < block_.size()) return;
      if (used == 0 && made == 0) throw ResampleError("no progress");
    }
  }

  void finish(std::vector<float>& out) override {
    for (;;) {
      size_t made = 0;
      check(soxr_process(handle_.get(), nullptr, 0, nullptr, block_.data(), block_.size(), &made));
      if (made == 0) return;
      append(made, out);
    }
  }

 private:
  struct Delete {
    void operator()(soxr* handle) const { soxr_delete(handle); }
  };

  void append(size_t made, std::vector<float>& out) const {
    out.insert(out.end(), block_.begin(), block_.begin() + static_cast<ptrdiff_t>(made));
  }

  std::unique_ptr<soxr, Delete> handle_;
  std::vector<float> block_;  // output of one call
};

}  // namespace

bool can_resample() { return true; }

std::unique_ptr<RateConverter> make_rate_converter(int rate) { return std::make_unique<SoxrConverter>(rate); }

}  // namespace serene::runtime
