#include "tests/toy/networks/toy/toy.h"

#include "kernels/classifier/classifier.h"
#include "kernels/frequency_mean/frequency_mean.h"

namespace serene::runtime {

Toy::Toy(const WeightReader& weights)
    : mean_(weights.linear("mean.weight")),
      classes_(weights.linear("classes.weight")),
      mean_bias_(weights.vector("mean.bias")),
      classes_bias_(weights.vector("classes.bias")) {}

void Toy::forward(const Pass& pass, const View<const float, 2>& pcm,
                  const View<float, 2>& log_posterior) const {
  const Observed step = pass.step("toy");
  const Arena::Scope scope(pass.arena);
  const int64_t batch = pcm.size(0);
  FrequencyMeanArgs mean;
  mean.x = make_view<4, const float>(pcm.data, {batch, 1, pcm.size(1), 1});
  mean.y = pass.arena.take<3>({batch, 1, 1});
  pass.run([&] { frequency_mean(mean, pass.stream); });
  pass.tap("tap.mean", {mean.y.data, {1, 1, batch, 1}, {batch, batch, 1, 1}});
  ClassifierArgs classify;
  classify.embedding = make_view<2, const float>(mean.y.data, {batch, 1});
  classify.w1 = &mean_;
  classify.b1 = mean_bias_.view();
  classify.w2 = &classes_;
  classify.b2 = classes_bias_.view();
  classify.log_posterior = log_posterior;
  classify.workspace = pass.arena.workspace(classifier_workspace(classify));
  pass.run([&] { classifier(classify, pass.stream); });
}

std::map<std::string, std::vector<int64_t>> Toy::result_shapes(const ValuesByName& inputs) const {
  return {{"log_posterior", {inputs.at("pcm").shape[0], classes_.n()}}};
}

void Toy::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  forward(pass, inputs.at("pcm").view<2>(), results.at("log_posterior").view<2>());
}

std::vector<ReferenceRun> Toy::reference_runs(const weights::TensorFile& file) const {
  const weights::Tensor* pcm = file.find("in.pcm");
  if (pcm == nullptr) return {};
  return {
      {{{"pcm", {{1, pcm->numel()}, weights::to_float(*pcm)}}}, {{"log_posterior", {"log_posterior"}}}, 1}};
}

std::unique_ptr<Network> make_toy(const networks::NetworkConfig&, const WeightReader& weights) {
  return std::make_unique<Toy>(weights);
}

}  // namespace serene::runtime
