#include "runtime/networks/common/encoder_alone.h"

#include "kernels/copy/copy.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {

void encode_alone(const Encoder& encoder, const Pass& pass, const View<const float, 2>& pcm,
                  const View<float, 2>& last) {
  const std::vector<int64_t> samples(static_cast<size_t>(pcm.size(0)), pcm.size(1));
  const std::vector<int64_t> rows(samples.size(), encoder.frames(pcm.size(1)));
  const Waveforms clips{make_view<1, const float>(pcm.data, {pcm.numel()}), pass.ragged(samples)};
  encoder.forward(pass, clips, pass.ragged(rows), [&](int64_t index, const View<const float, 2>& state) {
    if (index == encoder.last_state()) pass.run([&] { copy({as_map(state), as_map(last)}, pass.stream); });
  });
}

}  // namespace serene::runtime
