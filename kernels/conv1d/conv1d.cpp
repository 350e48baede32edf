#include "kernels/conv1d/conv1d.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work conv1d_work(const Conv1dArgs& args) {
  return {bytes_of(args.x) + bytes_of(*args.weight) + (args.bias.data == nullptr ? 0 : bytes_of(args.bias)) +
              bytes_of(args.y),
          2 * static_cast<double>(args.y.numel()) * static_cast<double>(args.weight->k())};
}

void conv1d(const Conv1dArgs& args, const Stream& stream) {
  const char* op = "conv1d";
  check_that(args.weight != nullptr, op, "weight", "a packed matrix");
  check_that(args.taps >= 1 && args.stride >= 1 && args.padding >= 0 && args.padding < args.taps, op,
             "taps, stride, padding", "at least 1, 1 and 0, padding below taps");
  const int64_t channels = args.x.size(1), n = args.weight->n();
  check_that(channels >= 1, op, "x", "at least one channel");
  check_contiguous(op, "x", args.x);
  check_ragged(op, "x_clips", args.x_clips, args.x.size(0));
  if (args.weight->k() != args.taps * channels) {
    bad_argument(op, "weight", std::to_string(args.weight->k()) + " inputs",
                 std::to_string(args.taps * channels));
  }
  if (args.bias.data != nullptr) check_shape(op, "bias", args.bias, {n});
  check_that(args.activation == Activation::none || args.activation == Activation::gelu, op, "activation",
             "none or gelu");
  check_shape(op, "y", args.y, {-1, n});
  check_rows(op, "y", args.y);
  check_ragged(op, "y_clips", args.y_clips, args.y.size(0));
  if (args.y_clips.clips != args.x_clips.clips) {
    bad_argument(op, "y_clips", std::to_string(args.y_clips.clips) + " clips",
                 std::to_string(args.x_clips.clips));
  }
  for (int64_t b = 0; b < args.x_clips.clips; ++b) {
    const int64_t wanted = conv1d_length(args.x_clips.length(b), args.taps, args.stride, args.padding);
    if (args.y_clips.length(b) != wanted) {
      bad_argument(op, "y_clips",
                   std::to_string(args.y_clips.length(b)) + " rows of clip " + std::to_string(b),
                   std::to_string(wanted));
    }
  }
  check_workspace(op, args.workspace, conv1d_workspace(args, stream));
  const ObserverScope observed(stream, op, conv1d_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return conv1d_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
