#include "runtime/networks/trnet/ser_encoder.h"

#include "kernels/zero_border/zero_border.h"
#include "runtime/networks/trnet/cnn6.h"
#include "runtime/networks/trnet/residual_encoder.h"

namespace serene::runtime {

std::unique_ptr<SerEncoder> make_ser_encoder(networks::TrnetEncoder kind, const WeightReader& ser) {
  if (kind == networks::TrnetEncoder::cnn6) return std::make_unique<Cnn6>(ser);
  return std::make_unique<ResidualEncoder>(ser);
}

BorderedMap::BorderedMap(const Pass& pass, int64_t batch, int64_t frames, int64_t bins, int64_t channels,
                         int64_t border)
    : whole(pass.arena.take<4>({batch, frames + 2 * border, bins + 2 * border, channels})), interior(whole) {
  interior.data += border * (whole.stride[1] + whole.stride[2]);
  interior.shape = {batch, frames, bins, channels};
  ZeroBorderArgs args;
  args.y = whole;
  args.before_t = args.after_t = args.before_f = args.after_f = border;
  pass.run([&] { zero_border(args, pass.stream); });
}

}  // namespace serene::runtime
