#include "tests/toy/models/point/point_model.h"

#include "tests/toy/networks/toy/toy.h"

namespace serene::runtime {
namespace {

class PointModel : public Wiring {
 public:
  explicit PointModel(const Toy& toy) : toy_(toy) {}

  const Enhancer* enhancer() const override { return nullptr; }
  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    const View<const float, 2> pcm = clips.matrix();
    const ObserverScope step = pass.step("point");
    const Arena::Scope scope(pass.arena);
    const int64_t batch = pcm.size(0);
    const View<float, 2> means = pass.arena.take<2>({batch, 1});
    toy_.mean(pass, pcm, means);
    toy_.hidden(pass, make_view<2, const float>(means.data, {batch, 1}), outputs.front());
  }

 private:
  const Toy& toy_;
};

}  // namespace

std::unique_ptr<Wiring> make_point_model(const models::ModelConfig& config, const Parts& parts) {
  return std::make_unique<PointModel>(dynamic_cast<const Toy&>(*parts.at(config.parts.front().name)));
}

}  // namespace serene::runtime
