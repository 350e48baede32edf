#include "tests/toy/networks/toy/toy.h"

#include "kernels/classifier/classifier.h"
#include "kernels/frequency_mean/frequency_mean.h"
#include "kernels/linear/linear.h"

namespace serene::runtime {

Toy::Toy(const WeightReader& weights)
    : mean_(weights.linear("mean.weight")),
      classes_(weights.linear("classes.weight")),
      mean_bias_(weights.vector("mean.bias")),
      classes_bias_(weights.vector("classes.bias")) {}

void Toy::mean(const Pass& pass, const View<const float, 2>& pcm, const View<float, 2>& mean) const {
  const int64_t batch = pcm.size(0), stride = pcm.stride[0];
  FrequencyMeanArgs args;
  args.x = {pcm.data, {batch, 1, pcm.size(1), 1}, {stride, stride, 1, 1}};
  args.y = make_view<3>(mean.data, {batch, 1, 1});
  pass.run([&] { frequency_mean(args, pass.stream); });
}

void Toy::hidden(const Pass& pass, const View<const float, 2>& mean, const View<float, 2>& hidden) const {
  const Arena::Scope scope(pass.arena);
  LinearArgs args;
  args.x = mean;
  args.weight = &mean_;
  args.bias = mean_bias_.view();
  args.y = hidden;
  args.workspace = pass.arena.workspace(linear_workspace(mean.size(0), mean_, args.precision, pass.stream));
  pass.run([&] { linear(args, pass.stream); });
}

void Toy::classify(const Pass& pass, const View<const float, 2>& mean,
                   const View<float, 2>& log_posterior) const {
  const Arena::Scope scope(pass.arena);
  ClassifierArgs args;
  args.embedding = mean;
  args.w1 = &mean_;
  args.b1 = mean_bias_.view();
  args.w2 = &classes_;
  args.b2 = classes_bias_.view();
  args.log_posterior = log_posterior;
  args.workspace = pass.arena.workspace(classifier_workspace(args));
  pass.run([&] { classifier(args, pass.stream); });
}

void Toy::forward(const Pass& pass, const View<const float, 2>& pcm,
                  const View<float, 2>& log_posterior) const {
  const ObserverScope step = pass.step("toy");
  const Arena::Scope scope(pass.arena);
  const int64_t batch = pcm.size(0);
  const View<float, 2> means = pass.arena.take<2>({batch, 1});
  mean(pass, pcm, means);
  pass.tap("tap.mean", {means.data, {1, 1, batch, 1}, {batch, batch, 1, 1}});
  classify(pass, make_view<2, const float>(means.data, {batch, 1}), log_posterior);
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
