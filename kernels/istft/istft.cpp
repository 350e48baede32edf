#include "kernels/istft/istft.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t istft_workspace(int64_t batch, int64_t frames, const RealFft& fft, const Stream& stream) {
  // All frames, and on the CPU a spectrum with scratch for each thread.
  const int64_t threads = stream.device == Device::cpu ? stream.pool->size() : 0;
  const int64_t doubles = batch * frames * fft.n() + threads * (2 * fft.bins() + fft.scratch_size());
  return static_cast<size_t>(doubles) * sizeof(double);
}

Work istft_work(const IstftArgs& args) {
  const double n = static_cast<double>(args.fft->n());
  const double frames = static_cast<double>(args.x.size(0) * args.x.size(1));
  // Transform; window, its square, and the sum of either.
  return {bytes_of(args.x) + bytes_of(args.window) + bytes_of(args.gain) + bytes_of(args.y),
          frames * (fft_flop(n) + 4 * n)};
}

void istft(const IstftArgs& args, const Stream& stream) {
  const char* op = "istft";
  check_that(args.fft != nullptr && args.hop >= 1, op, "fft, hop", "a transform and a positive hop");
  check_shape(op, "x", args.x, {-1, -1, args.fft->bins(), 2});
  check_contiguous(op, "x", args.x);
  check_that(args.x.size(1) >= 1, op, "x", "at least one frame");
  check_shape(op, "window", args.window, {args.fft->n()});
  check_rows(op, "window", args.window);
  check_shape(op, "gain", args.gain, {args.x.size(0)});
  check_shape(op, "y", args.y, {args.x.size(0), -1});
  check_rows(op, "y", args.y);
  check_that(args.y.size(1) <= args.hop * (args.x.size(1) - 1), op, "y", "at most hop (T - 1) samples");
  check_workspace(op, args.workspace, istft_workspace(args.x.size(0), args.x.size(1), *args.fft, stream));
  const ObserverScope observed(stream, op, istft_work, args);
  switch (stream.device) {
    case Device::cpu:
      return istft_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
