#include "kernels/stft/stft.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

size_t stft_workspace(const RealFft& fft, const Stream& stream) {
  // Shared memory on a GPU.
  if (stream.device != Device::cpu) return 0;
  // A frame, its spectrum and the transform's scratch, for each thread.
  return static_cast<size_t>(stream.pool->size()) * sizeof(double) *
         static_cast<size_t>(fft.n() + 2 * fft.bins() + fft.scratch_size());
}

Work stft_work(const StftArgs& args) {
  const double n = static_cast<double>(args.fft->n());
  const double frames = static_cast<double>(args.y.size(0) * args.y.size(1));
  // Window, then transform.
  return {bytes_of(args.x) + bytes_of(args.window) + bytes_of(args.y), frames * (n + fft_flop(n))};
}

void stft(const StftArgs& args, const Stream& stream) {
  const char* op = "stft";
  check_that(args.fft != nullptr && args.hop >= 1, op, "fft, hop", "a transform and a positive hop");
  check_rows(op, "x", args.x);
  check_that(args.x.size(1) >= 1, op, "x", "at least one sample");
  check_shape(op, "window", args.window, {args.fft->n()});
  check_rows(op, "window", args.window);
  check_shape(op, "y", args.y, {args.x.size(0), args.x.size(1) / args.hop + 1, args.fft->bins(), 2});
  check_contiguous(op, "y", args.y);
  check_workspace(op, args.workspace, stft_workspace(*args.fft, stream));
  const ObserverScope observed(stream, op, stft_work, args);
  switch (stream.device) {
    case Device::cpu:
      return stft_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
