#include "runtime/models/enhance/enhance_model.h"

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

class EnhanceModel : public Wiring {
 public:
  explicit EnhanceModel(const Enhancer& enhancer) : enhancer_(enhancer) {}
  const Enhancer* enhancer() const override { return &enhancer_; }
  void forward(const Pass&, const Waveforms&, std::span<const View<float, 2>>) const override {
    throw Error(ErrorKind::internal, "enhance: has no outputs");
  }

 private:
  const Enhancer& enhancer_;
};

}  // namespace

std::unique_ptr<Wiring> make_enhance_model(const models::ModelConfig& config, const Parts& parts) {
  const Network& network = *parts.at(config.find(networks::Role::enhancer)->name);
  return std::make_unique<EnhanceModel>(dynamic_cast<const Enhancer&>(network));
}

}  // namespace serene::runtime
