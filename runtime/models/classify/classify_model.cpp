#include "runtime/models/classify/classify_model.h"

namespace serene::runtime {
namespace {

class ClassifyModel : public Wiring {
 public:
  explicit ClassifyModel(const Classifier& classifier) : classifier_(classifier) {}

  const Enhancer* enhancer() const override { return nullptr; }
  int64_t minimum_samples() const override { return classifier_.minimum_samples(); }
  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    classifier_.forward(pass, clips.matrix(), outputs.front());
  }
  std::vector<std::string> reference_names(const std::string&) const override { return {"log_posterior"}; }

 private:
  const Classifier& classifier_;
};

}  // namespace

std::unique_ptr<Wiring> make_classify_model(const models::ModelConfig& config, const Parts& parts) {
  return std::make_unique<ClassifyModel>(
      dynamic_cast<const Classifier&>(*parts.at(config.parts.front().name)));
}

}  // namespace serene::runtime
