// A run of an encoder alone.
#pragma once

#include "runtime/networks/common/network.h"

namespace serene::runtime {

// Clips of one length, pcm (B, N), to their last hidden state, `last` (B T, H).
void encode_alone(const Encoder& encoder, const Pass& pass, const View<const float, 2>& pcm,
                  const View<float, 2>& last);

}  // namespace serene::runtime
