#include "tests/toy/models/measures/measures_model.h"

#include "tests/toy/networks/toy/toy.h"

namespace serene::runtime {
namespace {

class MeasuresModel : public Wiring {
 public:
  explicit MeasuresModel(const Toy& toy) : toy_(toy) {}

  const Enhancer* enhancer() const override { return nullptr; }
  // mean_level and onset_level are the means of all samples and of the first half; of two outputs that are
  // classes the first is of the level, the second of the onset, and so are the vectors.
  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    const View<const float, 2> pcm = clips.matrix();
    const ObserverScope step = pass.step("measures");
    const int64_t batch = pcm.size(0), half = (pcm.size(1) + 1) / 2;
    toy_.mean(pass, pcm, outputs[0]);
    toy_.mean(pass, {pcm.data, {batch, half}, {pcm.stride[0], 1}}, outputs[1]);
    const auto of = [&](size_t scalar) {
      return make_view<2, const float>(outputs[scalar].data, {batch, 1});
    };
    const size_t vectors = outputs.size() - 2;
    for (size_t i = 2; i < vectors; ++i) toy_.classify(pass, of(i - 2), outputs[i]);
    for (size_t i = 0; i < 2; ++i) toy_.hidden(pass, of(i), outputs[vectors + i]);
  }

 private:
  const Toy& toy_;
};

}  // namespace

std::unique_ptr<Wiring> make_measures_model(const models::ModelConfig& config, const Parts& parts) {
  return std::make_unique<MeasuresModel>(dynamic_cast<const Toy&>(*parts.at(config.parts.front().name)));
}

}  // namespace serene::runtime
