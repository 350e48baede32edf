#include "runtime/models/encoder_heads/encoder_heads_model.h"

#include "runtime/models/common/headed_encoder.h"

namespace serene::runtime {
namespace {

class EncoderHeadsModel : public Wiring {
 public:
  EncoderHeadsModel(const models::ModelConfig& config, const Parts& parts) : headed_(config, parts) {}

  const Enhancer* enhancer() const override { return nullptr; }
  const Encoder* encoder() const override { return &headed_.encoder(); }
  int64_t minimum_samples() const override { return headed_.encoder().minimum_samples(); }
  int64_t maximum_samples() const override { return headed_.encoder().maximum_samples(); }
  bool ragged() const override { return true; }

  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    headed_.forward(pass, clips, outputs);
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
        if (headed_.encoder().frames(size) == tensor->shape[0]) return size;
      }
    }
    return fitted;
  }

 private:
  static constexpr int64_t kPublishedSamples = 480000;

  HeadedEncoder headed_;
};

}  // namespace

std::unique_ptr<Wiring> make_encoder_heads_model(const models::ModelConfig& config, const Parts& parts) {
  return std::make_unique<EncoderHeadsModel>(config, parts);
}

}  // namespace serene::runtime
