#include "runtime/models/encoder_heads/encoder_heads_model.h"

#include <vector>

#include "kernels/weighted_sum/weighted_sum.h"

namespace serene::runtime {
namespace {

class EncoderHeadsModel : public Wiring {
 public:
  EncoderHeadsModel(const Encoder& encoder, const Head& head) : encoder_(encoder), head_(head) {}

  const Enhancer* enhancer() const override { return nullptr; }
  int64_t minimum_samples() const override { return encoder_.minimum_samples(); }
  bool ragged() const override { return true; }

  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    const Arena::Scope scope(pass.arena);
    const Ragged frames = frames_of(pass, clips.clips);
    const auto read = [&](const View<const float, 2>& x) {
      pass.tap("tap.head_input", {x.data, {1, 1, x.size(0), x.size(1)}, {0, 0, x.stride[0], x.stride[1]}});
      head_.forward(pass, x, frames, outputs);
    };
    if (head_.state()) {
      const int64_t wanted = *head_.state() < 0 ? encoder_.last_state() : *head_.state();
      encoder_.forward(pass, clips, frames, [&](int64_t index, const View<const float, 2>& state) {
        if (index == wanted) read(state);
      });
      return;
    }
    const View<float, 2> sum = pass.arena.take<2>({frames.rows(), encoder_.width()});
    encoder_.forward(pass, clips, frames, [&](int64_t index, const View<const float, 2>& state) {
      pass.run([&] { weighted_sum({state, head_.state_weights(), index, index > 0, sum}, pass.stream); });
    });
    read(sum);
  }

  std::vector<std::string> reference_names(const std::string& output) const override {
    if (output == "emotion") return {"log_posterior"};
    return {output};
  }

  // Whisper's encoder runs on clips filled up to 30 s or on their own length: the frames say which.
  int64_t reference_samples(const weights::TensorFile& file, const std::string& prefix, int64_t samples,
                            int64_t fitted) const override {
    for (const char* name : {"tap.gru", "out.encoder", "tap.features"}) {
      const weights::Tensor* tensor = file.find(prefix + name);
      if (tensor == nullptr || tensor->shape.size() != 2) continue;
      for (const int64_t size : {fitted, samples, kPublishedSamples}) {
        if (encoder_.frames(size) == tensor->shape[0]) return size;
      }
    }
    return fitted;
  }

 private:
  static constexpr int64_t kPublishedSamples = 480000;

  Ragged frames_of(const Pass& pass, const Ragged& clips) const {
    std::vector<int64_t> frames;
    for (int64_t b = 0; b < clips.clips; ++b) frames.push_back(encoder_.frames(clips.length(b)));
    return pass.ragged(frames);
  }

  const Encoder& encoder_;
  const Head& head_;
};

}  // namespace

std::unique_ptr<Wiring> make_encoder_heads_model(const models::ModelConfig& config, const Parts& parts) {
  const auto part = [&](networks::Role role) -> const Network& { return *parts.at(config.find(role)->name); };
  return std::make_unique<EncoderHeadsModel>(dynamic_cast<const Encoder&>(part(networks::Role::encoder)),
                                             dynamic_cast<const Head&>(part(networks::Role::head)));
}

}  // namespace serene::runtime
