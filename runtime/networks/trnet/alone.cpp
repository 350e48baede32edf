// The recogniser run alone, and what reference tensors hold it to.
#include "kernels/common/error.h"
#include "runtime/networks/trnet/trnet.h"

namespace serene::runtime {
namespace {

[[noreturn]] void refuse_inputs(const std::string& cause) {
  throw Error(ErrorKind::invalid_argument, "trnet: " + cause);
}

const NamedValues& input(const ValuesByName& inputs, const std::string& name, size_t rank) {
  const auto it = inputs.find(name);
  if (it == inputs.end()) refuse_inputs("input " + name + ": missing");
  if (it->second.shape.size() != rank) {
    refuse_inputs("input " + name + ": shape " + weights::shape_text(it->second.shape) + ", wanted " +
                  std::to_string(rank) + " dimensions");
  }
  return it->second;
}

[[noreturn]] void refuse_file(const weights::TensorFile& file, const std::string& cause) {
  throw Error(ErrorKind::model, file.name + ": " + cause);
}

// Row `b` of a tensor (B, ...), as a batch of one.
NamedValues row(const weights::Tensor& tensor, int64_t b) {
  const std::vector<float> all = weights::to_float(tensor);
  NamedValues one{tensor.shape, {}};
  one.shape[0] = 1;
  const auto size = static_cast<std::ptrdiff_t>(all.size()) / tensor.shape[0];
  one.values.assign(all.begin() + b * size, all.begin() + (b + 1) * size);
  return one;
}

}  // namespace

std::map<std::string, std::vector<int64_t>> Trnet::result_shapes(const ValuesByName& inputs) const {
  if (inputs.contains("pcm")) {
    const NamedValues& pcm = input(inputs, "pcm", 2);
    return {{"fbank", {pcm.shape[0], MelBank::frames(pcm.shape[1]), MelBank::kMels}}};
  }
  const NamedValues& noisy = input(inputs, "fbank_noisy", 3);
  if (noisy.shape[2] != MelBank::kMels) {
    refuse_inputs("input fbank_noisy: shape " + weights::shape_text(noisy.shape) + ", wanted (B, T, 80)");
  }
  if (blend_ && input(inputs, "fbank_enhanced", 3).shape != noisy.shape)
    refuse_inputs("input fbank_enhanced: another shape than fbank_noisy");
  const int64_t batch = noisy.shape[0];
  std::map<std::string, std::vector<int64_t>> shapes{{"embedding", {batch, embedding_}},
                                                     {"calibrated", {batch, embedding_}},
                                                     {"log_posterior", {batch, classes()}}};
  if (blend_) shapes["coefficient"] = {batch};
  return shapes;
}

void Trnet::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  if (inputs.contains("pcm")) {
    features(pass, inputs.at("pcm").view<2>(), results.at("fbank").view<3>());
    return;
  }
  Outputs outputs;
  if (blend_) outputs.coefficient = results.at("coefficient").view<1>();
  outputs.embedding = results.at("embedding").view<2>();
  outputs.calibrated = results.at("calibrated").view<2>();
  outputs.log_posterior = results.at("log_posterior").view<2>();
  View<float, 3> enhanced;
  if (blend_) enhanced = inputs.at("fbank_enhanced").view<3>();
  recognise(pass, inputs.at("fbank_noisy").view<3>(), enhanced, outputs);
}

std::vector<ReferenceRun> Trnet::reference_runs(const weights::TensorFile& file) const {
  const weights::Tensor* noisy = file.find("in.fbank_noisy");
  if (noisy == nullptr) return {};
  if (noisy->shape.size() != 3 || noisy->shape[2] != MelBank::kMels) {
    refuse_file(file, "in.fbank_noisy: shape " + weights::shape_text(noisy->shape) + ", wanted (B, T, 80)");
  }
  const weights::Tensor* enhanced = file.find("in.fbank_enhanced");
  if (enhanced != nullptr && enhanced->shape != noisy->shape)
    refuse_file(file, "in.fbank_enhanced: another shape");
  const int64_t batch = noisy->shape[0];
  std::vector<ReferenceRun> runs;
  for (const std::string kind : {"noisy", "enhanced"}) {
    const weights::Tensor* pcm = file.find("in.pcm_" + kind);
    if (pcm == nullptr || pcm->shape.size() != 2 || pcm->shape[0] != batch) continue;
    for (int64_t b = 0; b < batch; ++b)
      runs.push_back({{{"pcm", row(*pcm, b)}}, {{"fbank", {"in.fbank_" + kind}}}, batch});
  }
  for (int64_t b = 0; b < batch; ++b) {
    ReferenceRun run;
    run.inputs["fbank_noisy"] = row(*noisy, b);
    run.inputs["fbank_enhanced"] = row(enhanced == nullptr ? *noisy : *enhanced, b);
    run.results = {{"coefficient", {"coefficient", "coefficient.model"}},
                   {"embedding", {"embedding"}},
                   {"calibrated", {"embedding.bridged"}},
                   {"log_posterior", {"log_posterior"}}};
    run.rows = batch;
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace serene::runtime
