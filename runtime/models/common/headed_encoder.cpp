#include "runtime/models/common/headed_encoder.h"

#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/models/common/heads.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {

HeadedEncoder::HeadedEncoder(const models::ModelConfig& config, const Parts& parts)
    : encoder_(dynamic_cast<const Encoder&>(*parts.at(config.find(networks::Role::encoder)->name))) {
  size_t first = 0;
  for (const models::PartConfig* part : models::heads_of(config)) {
    const size_t outputs = dynamic_cast<const networks::HeadConfig&>(*part->network).outputs().size();
    readers_.push_back({dynamic_cast<const Head&>(*parts.at(part->name)), first, outputs});
    first += outputs;
  }
}

Ragged HeadedEncoder::frames_of(const Pass& pass, const Ragged& clips) const {
  std::vector<int64_t> frames;
  for (int64_t b = 0; b < clips.clips; ++b) frames.push_back(encoder_.frames(clips.length(b)));
  return pass.ragged(frames);
}

void HeadedEncoder::forward(const Pass& pass, const Waveforms& clips,
                            std::span<const View<float, 2>> outputs) const {
  const Arena::Scope scope(pass.arena);
  const Ragged frames = frames_of(pass, clips.clips);
  const auto read = [&](const Reader& reader, const View<const float, 2>& x) {
    // Of several heads, what that of the primary output reads.
    if (reader.first_output == 0) pass.tap("tap.head_input", as_map(x));
    reader.head.forward(pass, x, frames, outputs.subspan(reader.first_output, reader.outputs));
  };
  // What reads the sum of all states adds each as it appears; what reads one runs when that is there.
  std::vector<View<float, 2>> sums(readers_.size());
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (!readers_[i].head.state()) sums[i] = pass.arena.take<2>({frames.rows(), encoder_.width()});
  }
  const int64_t last = encoder_.last_state();
  encoder_.forward(pass, clips, frames, [&](int64_t index, const View<const float, 2>& state) {
    for (size_t i = 0; i < readers_.size(); ++i) {
      const Head& head = readers_[i].head;
      if (!head.state()) {
        pass.run([&] {
          weighted_sum({state, head.state_weights(), index, index > 0, sums[i]}, pass.stream);
        });
      } else if (index == (*head.state() < 0 ? last : *head.state())) {
        read(readers_[i], state);
      }
    }
  });
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (!readers_[i].head.state()) read(readers_[i], sums[i]);
  }
}

}  // namespace serene::runtime
