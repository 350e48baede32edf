// What a model file and checkpoints say of wav2vec 2.0, HuBERT and WavLM, and encoders on clips of different
// lengths. Their numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/speech_transformer/speech_transformer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "runtime/networks/speech_transformer/join.h"
#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

enum class Kind { base, large, wavlm };

SpeechTransformerConfig small(Kind kind) {
  SpeechTransformerConfig config;
  config.conv_widths = {16, 8, 16, 8, 16, 8, 24};
  config.conv_taps = {10, 3, 3, 3, 3, 2, 2};
  config.conv_strides = {5, 2, 2, 2, 2, 2, 2};
  config.conv_bias = config.conv_layer_norm = config.pre_norm = kind == Kind::large;
  config.hidden = 32;
  config.position_taps = 8;
  config.position_groups = 4;
  config.kept_layers = config.published_layers = 2;
  config.heads = 4;
  config.feed_forward = 48;
  if (kind != Kind::wavlm) return config;
  config.normalize = false;
  config.buckets = 16;
  config.largest_distance = 12;
  return config;
}

// Tensors as a folder of transformers has them, of random values.
weights::Tensors published(const SpeechTransformerConfig& config, const std::string& prefix) {
  weights::Tensors tensors;
  uint32_t seed = 1;
  for (const weights::TensorSpec& spec : config.tensors()) {
    for (const weights::TensorSpec& source : sources_of(spec, {})) {
      const std::string name = prefix + source.name;
      int64_t count = 1;
      for (const int64_t size : source.shape) count *= size;
      tensors[name] = weights::from_float(name, source.shape, test::random_values(count, seed++));
    }
  }
  return tensors;
}

json::Value folder_of(const SpeechTransformerConfig& config, const std::string& more = "") {
  const std::string text =
      R"({"conv_dim":[16,8,16,8,16,8,24],"hidden_size":32,"num_conv_pos_embeddings":8,)"
      R"("num_conv_pos_embedding_groups":4,"num_hidden_layers":2,"num_attention_heads":4,)"
      R"("intermediate_size":48)";
  const char* large =
      config.pre_norm ? R"(,"conv_bias":true,"feat_extract_norm":"layer","do_stable_layer_norm":true)" : "";
  const char* wavlm =
      config.buckets > 0 ? R"(,"model_type":"wavlm","num_buckets":16,"max_bucket_distance":12)" : "";
  return json::parse(text + large + wavlm + more + "}", 8);
}

Checkpoint folder_checkpoint(const SpeechTransformerConfig& config, const std::string& prefix = "hubert.",
                             const std::string& more = "") {
  Checkpoint checkpoint = test::checkpoint_of(published(config, prefix), "x");
  checkpoint.config = folder_of(config, more);
  return checkpoint;
}

std::vector<float> values_of(const Import& import, const std::string& name) {
  return weights::to_float(import.tensors.at(name).read());
}

TEST(SpeechTransformerFormat, TextIsCanonical) {
  EXPECT_EQ(test::text_of(small(Kind::wavlm)),
            R"({"buckets":16,"conv_bias":false,"conv_norm":"group","conv_strides":[5,2,2,2,2,2,2],)"
            R"("conv_taps":[10,3,3,3,3,2,2],"conv_widths":[16,8,16,8,16,8,24],"eps":1e-05,)"
            R"("feed_forward":48,"heads":4,"hidden":32,"largest_distance":12,"layers":2,)"
            R"("normalize":false,"position_groups":4,"position_taps":8,"pre_norm":false,)"
            R"("projection_norm":true,"published_layers":2})");
}

// The published numbers of parameters: HuBERT base 94,371,712 and large 315,438,720 with masked_spec_embed
// (768 and 1,024) and the 128 sizes of the taps' weight norm, which are folded here.
TEST(SpeechTransformerFormat, HasThePublishedParameters) {
  const auto parameters = [](const SpeechTransformerConfig& config) {
    int64_t total = 0;
    for (const weights::TensorSpec& spec : config.tensors()) {
      int64_t count = 1;
      for (const int64_t size : spec.shape) count *= size;
      total += count;
    }
    return total;
  };
  SpeechTransformerConfig base;
  base.conv_widths = std::vector<int>(7, 512);
  base.conv_taps = {10, 3, 3, 3, 3, 2, 2};
  base.conv_strides = {5, 2, 2, 2, 2, 2, 2};
  EXPECT_EQ(parameters(base), 94371712 - 768 - 128);
  SpeechTransformerConfig large = base;
  large.conv_bias = large.conv_layer_norm = large.pre_norm = true;
  large.hidden = 1024;
  large.heads = 16;
  large.feed_forward = 4096;
  large.kept_layers = large.published_layers = 24;
  EXPECT_EQ(parameters(large), 315438720 - 1024 - 128);
}

TEST(SpeechTransformerFormat, LayersAboveAStateAreDropped) {
  const SpeechTransformerConfig large = small(Kind::large);
  const auto first = large.with_layers(1), none = large.with_layers(0);
  EXPECT_EQ(first->layers(), 1);
  EXPECT_EQ(first->all_layers(), 2);
  const auto has = [](const NetworkConfig& config, const std::string& name) {
    const auto specs = config.tensors();
    return std::ranges::any_of(specs, [&](const auto& spec) { return spec.name.starts_with(name); });
  };
  EXPECT_TRUE(has(large, "encoder.layer_norm."));
  EXPECT_TRUE(has(*first, "encoder.layers.0."));
  EXPECT_FALSE(has(*first, "encoder.layers.1."));
  // It norms the last of all layers, which is not there.
  EXPECT_FALSE(has(*first, "encoder.layer_norm."));
  EXPECT_FALSE(has(*small(Kind::wavlm).with_layers(0), "encoder.layers."));
  EXPECT_TRUE(has(*small(Kind::base).with_layers(0), "encoder.layer_norm."));
}

TEST(SpeechTransformerFormat, RefusesWidthsThatDoNotFit) {
  const auto said = [](void (*change)(SpeechTransformerConfig&)) {
    SpeechTransformerConfig config = small(Kind::wavlm);
    change(config);
    const json::Value object = json::parse(test::text_of(config), 8);
    const std::string file = "m";
    json::ObjectReader reader(object, "", file);
    return test::refusal([&] { speech_transformer_format.read(reader); });
  };
  EXPECT_EQ(said([](auto& c) { c.heads = 3; }), "m: configuration: heads: 3 heads do not divide 32 channels");
  EXPECT_EQ(said([](auto& c) { c.heads = 8; }),
            "m: configuration: heads: 4 channels a head, and a multiple of 8 up to 128 is computed");
  EXPECT_EQ(said([](auto& c) { c.position_groups = 5; }),
            "m: configuration: position_groups: 5 groups do not divide 32 channels");
  EXPECT_EQ(said([](auto& c) { c.conv_taps.pop_back(); }),
            "m: configuration: conv_taps: must be as many as conv_widths and conv_strides");
  EXPECT_EQ(
      said([](auto& c) { c.largest_distance = 4; }),
      "m: configuration: buckets: must be a multiple of 4, of which a quarter is below largest_distance");
  EXPECT_EQ(said([](auto& c) { c.kept_layers = 3; }),
            "m: configuration: layers: must be an integer from 0 to 2");
}

TEST(SpeechTransformerImport, ReadsEachFlagOfItsOwn) {
  const auto config = [](const std::string& json) {
    SpeechTransformerConfig wanted = small(Kind::base);
    wanted.conv_bias = json.find("conv_bias") != json.npos;
    wanted.conv_layer_norm = json.find("feat_extract_norm") != json.npos;
    wanted.pre_norm = json.find("do_stable") != json.npos;
    Checkpoint checkpoint = test::checkpoint_of(published(wanted, "wav2vec2."), "x");
    checkpoint.config = folder_of(small(Kind::base), json);
    return std::pair(test::text_of(*import_speech_transformer(checkpoint).config), test::text_of(wanted));
  };
  for (const char* json :
       {"", R"(,"conv_bias":true)", R"(,"feat_extract_norm":"layer")", R"(,"do_stable_layer_norm":true)",
        R"(,"feat_extract_norm":"layer","do_stable_layer_norm":true)"}) {
    const auto [read, wanted] = config(json);
    EXPECT_EQ(read, wanted) << json;
  }
}

// The same network under each spelling of its names.
TEST(SpeechTransformerImport, KnowsItsTensorsByAllTheirNames) {
  const SpeechTransformerConfig base = small(Kind::base);
  const Import reference = import_speech_transformer(folder_checkpoint(base, "hubert."));
  const auto expect_same = [&](const Import& other) {
    for (const weights::TensorSpec& spec : base.tensors())
      EXPECT_EQ(values_of(other, spec.name), values_of(reference, spec.name)) << spec.name;
  };
  expect_same(import_speech_transformer(folder_checkpoint(base, "")));
  const auto renamed = [&](const std::vector<std::pair<std::string, std::string>>& parts,
                           const std::string& prefix) {
    Checkpoint checkpoint = folder_checkpoint(base, "");
    weights::StoredTensors tensors;
    for (const auto& [name, tensor] : checkpoint.tensors) {
      std::string other = name;
      for (const auto& [from, to] : parts) {
        if (const size_t place = other.find(from); place != other.npos) other.replace(place, from.size(), to);
      }
      tensors.emplace(prefix + other, tensor);
    }
    checkpoint.tensors = std::move(tensors);
    return checkpoint;
  };
  expect_same(import_speech_transformer(renamed(
      {{"weight_g", "parametrizations.weight.original0"}, {"weight_v", "parametrizations.weight.original1"}},
      "wav2vec2.")));
  Checkpoint fairseq = renamed({{"encoder.pos_conv_embed.conv.", "encoder.pos_conv.0."},
                                {".conv.weight", ".0.weight"},
                                {"layers.0.layer_norm.", "layers.0.self_attn_layer_norm."},
                                {"layers.1.layer_norm.", "layers.1.self_attn_layer_norm."},
                                {"conv_layers.0.self_attn_layer_norm.", "conv_layers.0.2."},
                                {"feature_projection.layer_norm.", "layer_norm."},
                                {"feature_projection.projection.", "post_extract_proj."},
                                {".attention.", ".self_attn."},
                                {"feed_forward.intermediate_dense.", "fc1."},
                                {"feed_forward.output_dense.", "fc2."}},
                               "ssl_model.");
  fairseq.config = nullptr;
  fairseq.settings = {{"heads", "4"}};
  const Import import = import_speech_transformer(fairseq);
  expect_same(import);
  SpeechTransformerConfig raw = base;
  raw.normalize = false;
  EXPECT_EQ(test::text_of(*import.config), test::text_of(raw));
}

TEST(SpeechTransformerImport, TheFolderSaysWhetherClipsAreNormalised) {
  const auto normalizes = [](const std::string& preprocessor, const std::string& setting) {
    Checkpoint checkpoint = folder_checkpoint(small(Kind::base));
    checkpoint.preprocessor = json::parse(preprocessor, 8);
    if (!setting.empty()) checkpoint.settings["normalize"] = setting;
    const Import import = import_speech_transformer(checkpoint);
    return dynamic_cast<const SpeechTransformerConfig&>(*import.config).normalize;
  };
  EXPECT_TRUE(normalizes("null", ""));
  EXPECT_TRUE(normalizes("{}", ""));
  EXPECT_FALSE(normalizes(R"({"do_normalize":false})", ""));
  EXPECT_TRUE(normalizes(R"({"do_normalize":false})", "true"));
  EXPECT_EQ(test::refusal([&] { normalizes("{}", "yes"); }, ErrorKind::invalid_argument),
            "x: setting normalize: got yes, wanted true or false");
}

TEST(SpeechTransformerImport, JoinsAndFolds) {
  const SpeechTransformerConfig wavlm = small(Kind::wavlm);
  const weights::Tensors tensors = published(wavlm, "wavlm.");
  const Import import = import_speech_transformer(folder_checkpoint(wavlm, "wavlm."));
  const auto of = [&](const std::string& name) { return weights::to_float(tensors.at("wavlm." + name)); };
  const std::string attention = "encoder.layers.1.attention.";
  std::vector<float> qkv;
  for (const char* part : {"q_proj.weight", "k_proj.weight", "v_proj.weight"}) {
    const std::vector<float> more = of(attention + part);
    qkv.insert(qkv.end(), more.begin(), more.end());
  }
  EXPECT_EQ(values_of(import, attention + "qkv.weight"), qkv);

  const std::vector<float> linear = of(attention + "gru_rel_pos_linear.weight");
  const std::vector<float> gate = values_of(import, attention + "gate.weight");
  for (size_t row = 0; row < 2; ++row) {
    for (size_t i = 0; i < 8; ++i) {
      double sum = 0;
      for (size_t r = 0; r < 4; ++r) sum += linear[(row * 4 + r) * 8 + i];
      EXPECT_FLOAT_EQ(gate[row * 8 + i], static_cast<float>(sum));
    }
  }
  EXPECT_EQ(values_of(import, attention + "gate.scale"), of(attention + "gru_rel_pos_const"));

  const std::vector<float> g = of("encoder.pos_conv_embed.conv.weight_g"),
                           v = of("encoder.pos_conv_embed.conv.weight_v");
  const std::vector<float> w = values_of(import, "encoder.pos_conv_embed.conv.weight");
  for (size_t k = 0; k < 8; ++k) {
    double squares = 0;
    for (size_t i = k; i < v.size(); i += 8) squares += double{v[i]} * v[i];
    for (size_t i = k; i < v.size(); i += 8)
      EXPECT_EQ(w[i], static_cast<float>(g[k] * (v[i] / std::sqrt(squares))));
  }
}

TEST(SpeechTransformerImport, RefusesADamagedWeightNorm) {
  const auto said = [](const std::string& name, size_t every) {
    weights::Tensors tensors = published(small(Kind::base), "");
    const std::string full = "encoder.pos_conv_embed.conv." + name;
    std::vector<float> values = weights::to_float(tensors.at(full));
    for (size_t i = 3; i < values.size(); i += every) values[i] = 0;
    tensors.at(full) = weights::from_float(full, tensors.at(full).shape, values);
    Checkpoint checkpoint = test::checkpoint_of(std::move(tensors), "x");
    checkpoint.config = folder_of(small(Kind::base));
    const Import import = import_speech_transformer(checkpoint);
    return test::refusal([&] { values_of(import, "encoder.pos_conv_embed.conv.weight"); });
  };
  EXPECT_EQ(said("weight_g", 100),
            "x: encoder.pos_conv_embed.conv.weight_g: is 0 at tap 3: the position convolution is damaged");
  EXPECT_EQ(
      said("weight_v", 8),
      "x: encoder.pos_conv_embed.conv.weight_v: has norm 0 at tap 3: the position convolution is damaged");
}

TEST(SpeechTransformerImport, RefusesByNameWhatIsNotComputed) {
  const auto said = [](const std::string& more) {
    const Checkpoint checkpoint = folder_checkpoint(small(Kind::base), "hubert.", more);
    return test::refusal([&] { import_speech_transformer(checkpoint); });
  };
  const std::string begin = "x: configuration: ";
  EXPECT_EQ(said(R"(,"add_adapter":true)"), begin + "add_adapter: is true: adapters are not computed here");
  EXPECT_EQ(said(R"(,"adapter_attn_dim":16)"),
            begin + "adapter_attn_dim: is set: adapters of attention are not computed here");
  EXPECT_EQ(said(R"(,"conv_pos_batch_norm":true)"),
            begin + "conv_pos_batch_norm: is true: a batch norm of positions is not computed here");
  EXPECT_EQ(said(R"(,"hidden_act":"relu")"), begin + "hidden_act: is relu, and only gelu is computed here");
  EXPECT_EQ(said(R"(,"feat_extract_activation":"gelu_new")"),
            begin + "feat_extract_activation: is gelu_new, and only gelu is computed here");
  EXPECT_EQ(said(R"(,"feat_extract_norm":"batch")"), begin + "feat_extract_norm: must be group or layer");
  EXPECT_EQ(said(R"(,"model_type":"data2vec-audio")"),
            begin +
                "model_type: is data2vec-audio; of encoders of waveforms wav2vec2, hubert and wavlm are "
                "computed here");
  Checkpoint lora = folder_checkpoint(small(Kind::base), "base_model.model.hubert.");
  test::expect_in(test::refusal([&] { import_speech_transformer(lora); }), "LoRA weights");
}

TEST(SpeechTransformerImport, ListsTensorsThatDoNotFitTheConfiguration) {
  Checkpoint checkpoint = folder_checkpoint(small(Kind::base));
  checkpoint.tensors.erase("hubert.encoder.layers.1.attention.k_proj.bias");
  checkpoint.tensors.erase("hubert.feature_projection.projection.weight");
  checkpoint.tensors.emplace("hubert.more", checkpoint.tensors.begin()->second);
  checkpoint.tensors.emplace("hubert.masked_spec_embed", checkpoint.tensors.begin()->second);
  checkpoint.tensors.emplace("projector.weight", checkpoint.tensors.begin()->second);
  EXPECT_EQ(test::refusal([&] { import_speech_transformer(checkpoint); }),
            "x: 3 tensors do not fit: feature_projection.projection.weight missing, wanted [32, 24]; "
            "encoder.layers.1.attention.k_proj.bias missing, wanted [32]; more is not part of the network");
  Checkpoint other = folder_checkpoint(small(Kind::base));
  other.config = json::parse(R"({"num_attention_heads":5})", 8);
  EXPECT_EQ(test::refusal([&] { import_speech_transformer(other); }),
            "x: heads: 5 heads do not divide 768 channels");
}

TEST(SpeechTransformerImport, AsksForWhatNoTensorSays) {
  const auto said = [](std::map<std::string, std::string> settings) {
    Checkpoint checkpoint = test::checkpoint_of(published(small(Kind::base), ""), "x");
    checkpoint.settings = std::move(settings);
    return test::refusal([&] { import_speech_transformer(checkpoint); }, ErrorKind::invalid_argument);
  };
  EXPECT_EQ(said({}), "x: setting heads: needed: no tensor says how many heads the 32 channels are in");
  EXPECT_EQ(said({{"heads", "4,4"}}), "x: setting heads: got 4,4, wanted a whole number from 1 to 65536");
  EXPECT_EQ(said({{"heads", "0"}}), "x: setting heads: got 0, wanted a whole number from 1 to 65536");
  Checkpoint three = test::checkpoint_of(published(small(Kind::base), ""), "x");
  three.settings = {{"heads", "3"}};
  EXPECT_EQ(test::refusal([&] { import_speech_transformer(three); }),
            "x: heads: 3 heads do not divide 32 channels");
  EXPECT_EQ(said({{"heads", "4"}, {"groups", "2"}}), "x: setting groups: the position convolution has 4");
  EXPECT_EQ(said({{"heads", "4"}, {"strides", "5,2"}}),
            "x: setting strides: got 5,2, wanted 7 whole numbers from 1 to 65536 with commas between");
  Checkpoint folder = folder_checkpoint(small(Kind::base));
  folder.settings["heads"] = "4";
  EXPECT_EQ(test::refusal([&] { import_speech_transformer(folder); }, ErrorKind::invalid_argument),
            "x: setting heads: config.json says it");
}

std::unique_ptr<runtime::Network> random_encoder(const SpeechTransformerConfig& config) {
  models::ModelConfig model;
  model.parts = {{"encoder", std::make_shared<SpeechTransformerConfig>(config)}};
  const models::ModelFile file = test::random_model_file(model);
  return runtime::make_speech_transformer(
      config, runtime::WeightReader(file.tensors, "encoder.", HostMemory::instance()));
}

class SpeechTransformerBits : public testing::TestWithParam<Kind> {};

TEST_P(SpeechTransformerBits, AreThoseOfAClipAloneInEveryMix) {
  const auto network = random_encoder(small(GetParam()));
  const auto& encoder = dynamic_cast<const runtime::Encoder&>(*network);
  test::Clips clips;
  for (const int64_t samples : {400, 401, 719, 720, 1519, 4801, 9000})
    clips.push_back(test::tone(samples, static_cast<uint32_t>(clips.size() + 1)));
  test::expect_same_in_every_mix(clips, 100, [&](const test::Clips& some, int threads, Precision precision) {
    return test::run_encoder(encoder, some, threads, precision);
  });
}

INSTANTIATE_TEST_SUITE_P(All, SpeechTransformerBits, testing::Values(Kind::base, Kind::large, Kind::wavlm),
                         [](const auto& tested) {
                           return std::string(tested.param == Kind::base    ? "base"
                                              : tested.param == Kind::large ? "large"
                                                                            : "wavlm");
                         });

// States up to the last that is kept have the same bits, whatever comes after it.
TEST(SpeechTransformerStates, DoNotDependOnLayersAboveThem) {
  for (const Kind kind : {Kind::base, Kind::large, Kind::wavlm}) {
    const SpeechTransformerConfig config = small(kind);
    models::ModelConfig model;
    model.parts = {{"encoder", std::make_shared<SpeechTransformerConfig>(config)}};
    const models::ModelFile file = test::random_model_file(model);
    const runtime::WeightReader reader(file.tensors, "encoder.", HostMemory::instance());
    const auto states = [&](int64_t layers) {
      const auto network = runtime::make_speech_transformer(*config.with_layers(layers), reader);
      return test::run_encoder(dynamic_cast<const runtime::Encoder&>(*network), {test::tone(2000, 1)})[0];
    };
    const std::vector<float> all = states(2);
    for (const int64_t layers : {0, 1}) {
      const std::vector<float> some = states(layers);
      ASSERT_EQ(some.size(), all.size() / 3 * static_cast<size_t>(layers + 1));
      EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << layers;
    }
  }
}

// bf16 rounds both operands of each product by 2^-9 at most, errors of random sign. A state is some ten
// products of rows away from the samples, each followed by a norm or a sum; ten times the rounding is beyond
// what adds up.
TEST(SpeechTransformerPrecision, Bf16IsNearFp32) {
  for (const Kind kind : {Kind::base, Kind::large, Kind::wavlm}) {
    const auto network = random_encoder(small(kind));
    const auto& encoder = dynamic_cast<const runtime::Encoder&>(*network);
    const test::Clips clips{test::tone(9000, 3)};
    const std::vector<float> exact = test::run_encoder(encoder, clips)[0];
    const std::vector<float> rounded = test::run_encoder(encoder, clips, 2, Precision::bf16)[0];
    ASSERT_EQ(exact.size(), rounded.size());
    double error = 0, energy = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      error += std::pow(double{exact[i]} - rounded[i], 2);
      energy += double{exact[i]} * exact[i];
    }
    const double relative = std::sqrt(error / energy);
    EXPECT_GT(relative, 1e-5) << "the precision does not reach the products";
    EXPECT_LT(relative, 10 * 0x1p-9);
  }
}

TEST(SpeechTransformerClips, HaveAFrameFrom400SamplesOn) {
  const auto network = random_encoder(small(Kind::base));
  const auto& encoder = dynamic_cast<const runtime::Encoder&>(*network);
  EXPECT_EQ(encoder.minimum_samples(), 400);
  for (const auto& [samples, frames] : {std::pair<int64_t, int64_t>{399, 0},
                                        {400, 1},
                                        {401, 1},
                                        {719, 1},
                                        {720, 2},
                                        {80000, 249},
                                        {480000, 1499}}) {
    EXPECT_EQ(encoder.frames(samples), frames) << samples;
  }
  EXPECT_EQ(test::refusal(
                [&] {
                  encoder.result_shapes({{"pcm", {{1, 399}, std::vector<float>(399)}}});
                },
                ErrorKind::invalid_argument),
            "speech_transformer: input pcm: wanted (B, N), N 400 samples at the least");
}

// A variance of 0 is 1e-7: silence stays silence, a constant becomes it.
TEST(SpeechTransformerClips, SilenceAndAConstantGiveTheSameFiniteStates) {
  for (const Kind kind : {Kind::base, Kind::large}) {
    const auto network = random_encoder(small(kind));
    const auto& encoder = dynamic_cast<const runtime::Encoder&>(*network);
    const test::Clips states =
        test::run_encoder(encoder, {std::vector<float>(4000, 0.0f), std::vector<float>(4000, 0.25f)});
    EXPECT_TRUE(std::ranges::all_of(states[0], [](float v) { return std::isfinite(v); }));
    EXPECT_EQ(states[0], states[1]);
  }
}

}  // namespace
}  // namespace serene::networks
