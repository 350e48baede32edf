#include "runtime/models/encode/encode_model.h"

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

class EncodeModel : public Wiring {
 public:
  const Enhancer* enhancer() const override { return nullptr; }
  void forward(const Pass&, const Waveforms&, std::span<const View<float, 2>>) const override {
    throw Error(ErrorKind::internal, "encode: has no outputs");
  }
};

}  // namespace

std::unique_ptr<Wiring> make_encode_model(const models::ModelConfig&, const Parts&) {
  return std::make_unique<EncodeModel>();
}

}  // namespace serene::runtime
