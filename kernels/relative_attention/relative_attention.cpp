#include "kernels/relative_attention/relative_attention.h"

#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/common/observer.h"

namespace serene {

DistanceTable::DistanceTable(std::span<const float> table, int64_t clip, int64_t d, Memory& memory)
    : clip_(clip), d_(d), stride_(cpu::attention_stride(2 * clip + 1)) {
  const int64_t rows = 2 * clip + 1;
  check_that(static_cast<int64_t>(table.size()) == rows * d, "relative_attention", "table",
             "(2 P + 1) * D values");
  buffer_ = AlignedBuffer(static_cast<size_t>(stride_ * d) * sizeof(float), memory);
  auto* const to = static_cast<float*>(buffer_.host_copy());
  std::fill_n(to, stride_ * d, 0.0f);
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t k = 0; k < d; ++k) to[k * stride_ + m] = table[(rows - 1 - m) * d + k];
  }
}

const uint32_t* DistanceTable::pairs() const {
  return d_ % 2 == 0 ? pairs_.of_rows(data(), d_, stride_) : nullptr;
}

Work relative_attention_work(const RelativeAttentionArgs& args) {
  const int64_t n = args.x.size(2), c = args.x.size(3);
  const double rows = static_cast<double>(args.x.size(0) * args.x.size(1) * n);
  // Distances that occur among n positions, each a row of the table.
  const int64_t distances = std::min(2 * args.distances->clip() + 1, std::max<int64_t>(2 * n - 1, 0));
  const double weights = bytes_of(args.norm_weight) + bytes_of(args.norm_bias) + bytes_of(*args.qkv) +
                         bytes_of(*args.out) + bytes_of(args.out_bias) +
                         static_cast<double>(distances * args.distances->d()) * sizeof(float);
  // Four projections; every query meets the key, the distance and the value of every position.
  return {bytes_of(args.x) + weights + residual_bytes(args.residual, args.x) + bytes_of(args.y),
          rows * static_cast<double>(8 * c * c + 6 * n * c)};
}

void relative_attention(const RelativeAttentionArgs& args, const Stream& stream) {
  const char* op = "relative_attention";
  const int64_t c = args.x.size(3);
  check_that(args.qkv != nullptr && args.out != nullptr && args.distances != nullptr, op,
             "qkv, out, distances", "weights");
  check_that(args.heads >= 1 && c % args.heads == 0, op, "heads", "a divisor of the channels");
  check_that(args.qkv->k() == c && args.qkv->n() == 3 * c, op, "qkv", "(C, 3 C)");
  check_that(args.out->k() == c && args.out->n() == c, op, "out", "(C, C)");
  check_that(args.distances->d() == c / args.heads, op, "distances", "rows of C / H");
  check_rows(op, "x", args.x);
  check_that(args.x.size(2) >= 1, op, "x", "at least one position");
  check_shape(op, "norm_weight", args.norm_weight, {c});
  check_shape(op, "norm_bias", args.norm_bias, {c});
  check_shape(op, "out_bias", args.out_bias, {c});
  if (args.residual.data != nullptr) {
    check_shape(op, "residual", args.residual, args.x.shape);
    check_rows(op, "residual", args.residual);
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  check_workspace(
      op, args.workspace,
      relative_attention_workspace(args.x.size(0) * args.x.size(1), args.x.size(2), c, args.heads, stream));
  const ObserverScope observed(stream, op, relative_attention_work, args);
  switch (stream.device) {
    case Device::cpu:
      check_cpu_precision(op, args.precision);
      return relative_attention_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
