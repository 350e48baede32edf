#include "runtime/models/encoder_heads/encoder_heads_model.h"

#include <utility>
#include <vector>

#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/models/encoder_heads/format.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {
namespace {

// A head, and which of the model's outputs are its own.
struct Reader {
  const Head& head;
  size_t first_output, outputs;
};

class EncoderHeadsModel : public Wiring {
 public:
  EncoderHeadsModel(const Encoder& encoder, std::vector<Reader> readers)
      : encoder_(encoder), readers_(std::move(readers)) {}

  const Enhancer* enhancer() const override { return nullptr; }
  int64_t minimum_samples() const override { return encoder_.minimum_samples(); }
  int64_t maximum_samples() const override { return encoder_.maximum_samples(); }
  bool ragged() const override { return true; }

  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
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
  std::vector<Reader> readers_;
};

}  // namespace

std::unique_ptr<Wiring> make_encoder_heads_model(const models::ModelConfig& config, const Parts& parts) {
  std::vector<Reader> readers;
  size_t first = 0;
  for (const models::PartConfig* part : models::heads_of(config)) {
    const size_t outputs = dynamic_cast<const networks::HeadConfig&>(*part->network).outputs().size();
    readers.push_back({dynamic_cast<const Head&>(*parts.at(part->name)), first, outputs});
    first += outputs;
  }
  const models::PartConfig& encoder = *config.find(networks::Role::encoder);
  return std::make_unique<EncoderHeadsModel>(dynamic_cast<const Encoder&>(*parts.at(encoder.name)),
                                             std::move(readers));
}

}  // namespace serene::runtime
