#include "runtime/networks/trnet/trnet.h"

#include "kernels/classifier/classifier.h"
#include "kernels/copy/copy.h"
#include "kernels/cosine_similarity/cosine_similarity.h"
#include "kernels/film/film.h"
#include "kernels/hardtanh_blend/hardtanh_blend.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {
Trnet::Trnet(const networks::TrnetConfig& config, const WeightReader& ser)
    : embedding_(config.embedding), encoder_(make_ser_encoder(config.encoder, ser)) {
  if (config.blend) blend_ = Blend{ser.vector("front_model.fc.weight"), ser.values("front_model.fc.bias")[0]};
  if (config.bridge) {
    bridge_ = Bridge{ser.vector("back_model.f.weight"), ser.vector("back_model.f.bias"),
                     ser.vector("back_model.h.weight"), ser.vector("back_model.h.bias")};
  }
  const WeightReader classifier = ser.at("EmotionClassifier");
  const FoldedBatchNorm norm(classifier.at("bn"));
  first_ = classifier.linear(norm.fold(classifier.values("fc1.weight")), classifier.shape("fc1.weight"));
  first_bias_ = classifier.keep(norm.fold_bias(classifier.values("fc1.bias")));
  second_ = classifier.linear("fc2.weight");
  second_bias_ = classifier.vector("fc2.bias");
}

int64_t Trnet::minimum_samples() const {
  return MelBank::kFrame + (encoder_->minimum_frames() - 1) * MelBank::kHop;
}

void Trnet::features(const Pass& pass, const View<const float, 2>& pcm, const View<float, 3>& y) const {
  const ObserverScope step = pass.step("features");
  const Arena::Scope scope(pass.arena);
  FbankArgs args;
  args.x = pcm;
  args.bank = &bank_;
  args.y = y;
  args.workspace = pass.arena.workspace(fbank_workspace(bank_, pass.stream));
  pass.run([&] { fbank(args, pass.stream); });
}

void Trnet::recognise(const Pass& pass, const View<const float, 3>& noisy,
                      const View<const float, 3>& enhanced, const Outputs& outputs) const {
  const Arena::Scope scope(pass.arena);
  const int64_t batch = noisy.size(0);
  View<const float, 3> features = noisy;
  if (blend_) {
    const ObserverScope step = pass.step("front_model");
    CosineSimilarityArgs similarity;
    similarity.x = noisy;
    similarity.e = enhanced;
    similarity.d = pass.arena.take<2>({batch, noisy.size(2)});
    pass.run([&] { cosine_similarity(similarity, pass.stream); });
    pass.tap("similarity", as_map(similarity.d));
    HardtanhBlendArgs blend;
    blend.similarity = similarity.d;
    blend.weight = blend_->weight.view();
    blend.bias = blend_->bias;
    blend.x = noisy;
    blend.e = enhanced;
    blend.coefficient = outputs.coefficient;
    blend.y = pass.arena.take<3>(noisy.shape);
    pass.run([&] { hardtanh_blend(blend, pass.stream); });
    pass.tap("spec.blended", as_map(blend.y));
    features = blend.y;
  }

  encoder_->forward(pass, features, outputs.embedding);

  if (bridge_) {
    const ObserverScope step = pass.step("back_model");
    FilmArgs modulate;
    modulate.h = outputs.embedding;
    modulate.coefficient = outputs.coefficient;
    modulate.scale_weight = bridge_->scale_weight.view();
    modulate.scale_bias = bridge_->scale_bias.view();
    modulate.shift_weight = bridge_->shift_weight.view();
    modulate.shift_bias = bridge_->shift_bias.view();
    modulate.y = outputs.calibrated;
    pass.run([&] { film(modulate, pass.stream); });
  } else {
    CopyArgs as_it_is;
    as_it_is.x = as_map(outputs.embedding);
    as_it_is.y = as_map(outputs.calibrated);
    pass.run([&] { copy(as_it_is, pass.stream); });
  }

  const ObserverScope step = pass.step("EmotionClassifier");
  ClassifierArgs classify;
  classify.embedding = outputs.calibrated;
  classify.w1 = &first_;
  classify.b1 = first_bias_.view();
  classify.w2 = &second_;
  classify.b2 = second_bias_.view();
  classify.log_posterior = outputs.log_posterior;
  classify.workspace = pass.arena.workspace(classifier_workspace(classify));
  pass.run([&] { classifier(classify, pass.stream); });
}

void Trnet::forward(const Pass& pass, const View<const float, 2>& noisy, const View<const float, 2>& enhanced,
                    const Outputs& outputs) const {
  const ObserverScope step = pass.step("ser");
  const Arena::Scope scope(pass.arena);
  const std::array<int64_t, 3> shape{noisy.size(0), MelBank::frames(noisy.size(1)), MelBank::kMels};
  const View<float, 3> x = pass.arena.take<3>(shape);
  features(pass, noisy, x);
  View<float, 3> e;
  if (blend_) {
    e = pass.arena.take<3>(shape);
    features(pass, enhanced, e);
  }
  recognise(pass, x, e, outputs);
}

std::unique_ptr<Network> make_trnet(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<Trnet>(dynamic_cast<const networks::TrnetConfig&>(config), weights);
}

}  // namespace serene::runtime
