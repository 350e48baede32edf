#include "runtime/models/trnet/trnet_model.h"

#include "runtime/networks/trnet/trnet.h"

namespace serene::runtime {
namespace {

class TrnetModel : public Wiring {
 public:
  TrnetModel(const Enhancer* enhancer, const Trnet& recogniser)
      : enhancer_(enhancer), recogniser_(recogniser) {}

  const Enhancer* enhancer() const override { return enhancer_; }
  int64_t minimum_samples() const override { return recogniser_.minimum_samples(); }

  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    const View<const float, 2> pcm = clips.matrix();
    View<float, 2> enhanced;
    Trnet::Outputs results;
    size_t next = 0;
    results.log_posterior = outputs[next++];
    if (recogniser_.needs_enhanced()) {
      enhanced = pass.arena.take<2>({pcm.size(0), pcm.size(1)});
      enhancer_->forward(pass, pcm, enhanced);
      results.coefficient = make_view<1>(outputs[next++].data, {pcm.size(0)});
    }
    results.embedding = outputs[next++];
    results.calibrated = outputs[next++];
    recogniser_.forward(pass, pcm, enhanced, results);
  }

  std::vector<std::string> reference_names(const std::string& output) const override {
    if (output == "emotion") return {"log_posterior"};
    if (output == "coefficient") return {"coefficient", "coefficient.model"};
    if (output == "calibrated") return {"embedding.bridged"};
    return {output};
  }

 private:
  const Enhancer* enhancer_;  // null: none
  const Trnet& recogniser_;
};

}  // namespace

std::unique_ptr<Wiring> make_trnet_model(const models::ModelConfig& config, const Parts& parts) {
  const models::PartConfig* enhancer = config.find(networks::Role::enhancer);
  const models::PartConfig* recogniser = config.find(networks::Role::recogniser);
  return std::make_unique<TrnetModel>(
      enhancer == nullptr ? nullptr : dynamic_cast<const Enhancer*>(parts.at(enhancer->name).get()),
      dynamic_cast<const Trnet&>(*parts.at(recogniser->name)));
}

}  // namespace serene::runtime
