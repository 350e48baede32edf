#include "runtime/models/encode/encode_model.h"

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

class EncodeModel : public Wiring {
 public:
  explicit EncodeModel(const Encoder& encoder) : encoder_(encoder) {}

  const Enhancer* enhancer() const override { return nullptr; }
  const Encoder* encoder() const override { return &encoder_; }
  int64_t minimum_samples() const override { return encoder_.minimum_samples(); }
  int64_t maximum_samples() const override { return encoder_.maximum_samples(); }
  bool ragged() const override { return true; }
  void forward(const Pass&, const Waveforms&, std::span<const View<float, 2>>) const override {
    throw Error(ErrorKind::internal, "encode: has no outputs");
  }

 private:
  const Encoder& encoder_;
};

}  // namespace

std::unique_ptr<Wiring> make_encode_model(const models::ModelConfig& config, const Parts& parts) {
  const std::string& encoder = config.find(networks::Role::encoder)->name;
  return std::make_unique<EncodeModel>(dynamic_cast<const Encoder&>(*parts.at(encoder)));
}

}  // namespace serene::runtime
