// The encoder run alone, and what reference tensors hold it to.
#include "kernels/common/error.h"
#include "runtime/networks/common/encoder_alone.h"
#include "runtime/networks/common/head_tensors.h"
#include "runtime/networks/whisper_encoder/whisper_encoder.h"

namespace serene::runtime {
namespace {

[[noreturn]] void refuse_file(const weights::TensorFile& file, const std::string& cause) {
  throw Error(ErrorKind::model, file.name + ": " + cause);
}

}  // namespace

std::map<std::string, std::vector<int64_t>> WhisperEncoder::result_shapes(const ValuesByName& inputs) const {
  const auto pcm = inputs.find("pcm");
  if (pcm == inputs.end() || pcm->second.shape.size() != 2 || pcm->second.shape[1] < 1)
    throw Error(ErrorKind::invalid_argument, "whisper_encoder: input pcm: wanted (B, N)");
  const int64_t samples = pcm->second.shape[1];
  if (samples > maximum_samples()) {
    throw Error(ErrorKind::invalid_argument, "whisper_encoder: input pcm: " + std::to_string(samples) +
                                                 " samples, at most " + std::to_string(maximum_samples()));
  }
  return {{"encoder", {pcm->second.shape[0] * frames(samples), channels_}}};
}

void WhisperEncoder::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  encode_alone(*this, pass, inputs.at("pcm").view<2>(), results.at("encoder").view<2>());
}

std::vector<ReferenceRun> WhisperEncoder::reference_runs(const weights::TensorFile& file) const {
  std::vector<ReferenceRun> runs;
  for (int i = 0;; ++i) {
    const std::string prefix = std::to_string(i) + '.';
    const weights::Tensor* pcm = file.find(prefix + "in.pcm");
    const weights::Tensor* out = file.find(prefix + "out.encoder");
    if (pcm == nullptr || out == nullptr) return runs;
    const std::vector<int64_t>& shape = out->shape;
    if (shape.size() != 2 || shape[0] < 1 || shape[0] > positions_) {
      refuse_file(file, prefix + "out.encoder: shape " + weights::shape_text(shape) +
                            ", wanted (T, H) of 1 to " + std::to_string(positions_) + " frames");
    }
    std::vector<float> samples = weights::to_float(*pcm);
    if (samples.empty()) refuse_file(file, prefix + "in.pcm: no samples");
    // The recording as it was filled up, or cut, for the reference: the frames say to how many samples.
    if (frames(std::ssize(samples)) != shape[0]) samples.resize(shape[0] * kFrameSamples);
    ReferenceRun run;
    run.inputs["pcm"] = {{1, std::ssize(samples)}, std::move(samples)};
    run.prefix = prefix;
    run.of_others = head_tensors(prefix);
    runs.push_back(std::move(run));
  }
}

}  // namespace serene::runtime
