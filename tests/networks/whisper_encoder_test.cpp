// What a model file and a checkpoint say of Whisper's encoder, and what holds of its states for any weights.
// Its numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/whisper_encoder/whisper_encoder.h"

#include <gtest/gtest.h>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/src/engine.h"
#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

WhisperEncoderConfig small_whisper() {
  WhisperEncoderConfig config;
  config.mels = 80;
  config.channels = 16;
  config.heads = 2;
  config.inner = 24;
  config.positions = 12;
  config.kept = config.published = 3;
  return config;
}

// A tensor in transformers' spelling.
std::string theirs(std::string name) {
  const std::pair<const char*, const char*> spellings[] = {{"positional_embedding", "embed_positions.weight"},
                                                           {"blocks.", "layers."},
                                                           {"attn_ln", "self_attn_layer_norm"},
                                                           {"attn.query", "self_attn.q_proj"},
                                                           {"attn.key", "self_attn.k_proj"},
                                                           {"attn.value", "self_attn.v_proj"},
                                                           {"attn.out", "self_attn.out_proj"},
                                                           {"mlp_ln", "final_layer_norm"},
                                                           {"mlp.0", "fc1"},
                                                           {"mlp.2", "fc2"},
                                                           {"ln_post", "layer_norm"}};
  for (const auto& [ours, other] : spellings) {
    const size_t at = name.find(ours);
    if (at != name.npos) name.replace(at, std::string(ours).size(), other);
  }
  return name;
}

// Each tensor has values of its own, so that one in another's place shows.
Checkpoint checkpoint(const std::string& prefix, bool transformers, const std::string& config) {
  Checkpoint made;
  made.name = "x";
  float value = 0;
  for (const weights::TensorSpec& spec : small_whisper().tensors()) {
    int64_t count = 1;
    for (const int64_t size : spec.shape) count *= size;
    const std::string name = prefix + (transformers ? theirs(spec.name) : spec.name);
    made.tensors[name] = weights::stored(
        weights::from_float(name, spec.shape, std::vector<float>(static_cast<size_t>(count), ++value)));
  }
  made.config = json::parse(config, 8);
  return made;
}
constexpr const char* kDims = R"({"dims":{"n_mels":80,"n_audio_ctx":12,"n_audio_state":16,"n_audio_head":2,)"
                              R"("n_audio_layer":3,"n_vocab":51864}})";
std::string folder_config(const std::string& more = "") {
  return R"({"model_type":"whisper","activation_function":"gelu","num_mel_bins":80,"d_model":16,)"
         R"("encoder_layers":3,"encoder_attention_heads":2,"encoder_ffn_dim":24,"max_source_positions":12)" +
         more + "}";
}
void add_tensor(Checkpoint& made, const std::string& name) {
  const std::vector<float> values(4);
  made.tensors[name] = weights::stored(weights::from_float(name, {4}, values));
}

TEST(WhisperEncoderFormat, TextIsCanonical) {
  EXPECT_EQ(test::text_of(small_whisper()),
            R"({"feed_forward":24,"heads":2,"hidden":16,"layers":3,"mels":80,)"
            R"("positions":12,"published_layers":3})");
}

TEST(WhisperEncoderFormat, EverySpellingGivesTheSame) {
  std::vector<Checkpoint> all;
  for (const char* prefix : {"", "encoder."}) all.push_back(checkpoint(prefix, false, kDims));
  for (const char* prefix : {"", "encoder.", "model.encoder.", "ssl_model.model.encoder."})
    all.push_back(checkpoint(prefix, true, folder_config()));
  // Of a head and a decoder, which the encoder knows, and of another network, which it does not.
  EXPECT_FALSE(WhisperEncoderConfig::is_unused("gru.bias_ih_l0"));
  add_tensor(all.back(), "gru.bias_ih_l0");
  for (const char* name : {"model.decoder.layers.0.fc1.weight", "decoder.ln.weight", "proj_out.weight",
                           "layer_weights", "projector.bias", "classifier.bias"}) {
    EXPECT_TRUE(WhisperEncoderConfig::is_unused(name)) << name;
    add_tensor(all.back(), name);
  }
  for (const Checkpoint& from : all) {
    ASSERT_TRUE(WhisperEncoderConfig::recognises(from));
    const Import import = WhisperEncoderConfig::import(from);
    EXPECT_EQ(test::text_of(*import.config), test::text_of(small_whisper()));
    float value = 0;
    for (const weights::TensorSpec& spec : small_whisper().tensors())
      EXPECT_EQ(weights::to_float(import.tensors.at(spec.name).read()).at(0), ++value) << spec.name;
    EXPECT_EQ(import.tensors.size(), from.tensors.size());
  }
}

TEST(WhisperEncoderFormat, TheHeadsAreSaidByTheCheckpointOrTheUser) {
  const auto import = [](const std::string& config, const std::string& heads) {
    Checkpoint from = checkpoint("encoder.", false, config);
    if (!heads.empty()) from.settings["heads"] = heads;
    return dynamic_cast<const WhisperEncoderConfig&>(*WhisperEncoderConfig::import(from).config).heads;
  };
  EXPECT_EQ(import("null", "1"), 1);
  EXPECT_EQ(import(kDims, "2"), 2);
  EXPECT_EQ(test::refusal([&] { import("null", ""); }),
            "x: the number of heads of its attention is in no tensor: it must be set (heads)");
  EXPECT_EQ(test::refusal([&] { import(kDims, "1"); }, ErrorKind::invalid_argument),
            "x: setting heads: got 1, the checkpoint says 2");
  for (const char* heads : {"0", "-1", "2x", "two"}) {
    EXPECT_EQ(test::refusal([&] { import(kDims, heads); }, ErrorKind::invalid_argument),
              std::string("x: setting heads: got ") + heads + ", wanted a whole number from 1 to 1024");
  }
  EXPECT_EQ(test::refusal([&] { import("null", "3"); }), "x: 3 heads do not divide 16 channels");
  EXPECT_EQ(test::refusal([&] { import("null", "4"); }),
            "x: heads of 4 channels, wanted a multiple of 8 up to 128");
}

TEST(WhisperEncoderFormat, RefusesWhatItDoesNotCompute) {
  const auto said = [](const std::string& config) {
    return test::refusal([&] { WhisperEncoderConfig::import(checkpoint("model.encoder.", true, config)); });
  };
  const auto with = [](const std::string& key, const std::string& from, const std::string& to) {
    std::string text = folder_config();
    const std::string pair = '"' + key + "\":" + from;
    text.replace(text.find(pair), pair.size(), '"' + key + "\":" + to);
    return text;
  };
  EXPECT_EQ(said(with("activation_function", R"("gelu")", R"("gelu_new")")),
            "x: config: activation_function: is gelu_new, this network has gelu");
  EXPECT_EQ(said(with("model_type", R"("whisper")", R"("moonshine")")),
            "x: config: model_type: is moonshine, this network has whisper");
  EXPECT_EQ(said(folder_config(R"(,"add_adapter":true)")),
            "x: config: add_adapter: is set: adapters are not computed");
  EXPECT_EQ(said(folder_config(R"(,"adapter_attn_dim":16)")),
            "x: config: adapter_attn_dim: is set: adapters are not computed");
  for (const auto& [key, from, to, tensors] :
       {std::array{"num_mel_bins", "80", "128", "80"}, std::array{"d_model", "16", "32", "16"},
        std::array{"encoder_layers", "3", "4", "3"}, std::array{"encoder_ffn_dim", "24", "64", "24"},
        std::array{"max_source_positions", "12", "1500", "12"}}) {
    EXPECT_EQ(said(with(key, from, to)),
              std::string("x: config: ") + key + ": is " + to + ", the tensors have " + tensors);
  }
  EXPECT_EQ(said(with("encoder_attention_heads", "2", "5")), "x: 5 heads do not divide 16 channels");
  EXPECT_EQ(said(with("d_model", "16", R"("16")")), "x: config: d_model: is no whole number");
  // Neither is set.
  EXPECT_NO_THROW(WhisperEncoderConfig::import(
      checkpoint("encoder.", true,
                 folder_config(R"(,"add_adapter":false,"adapter_attn_dim":null,"scale_embedding":true)"))));

  Checkpoint adapted = checkpoint("encoder.", true, folder_config());
  add_tensor(adapted, "encoder.layers.0.fc1.lora_A.weight");
  EXPECT_EQ(test::refusal([&] { WhisperEncoderConfig::import(adapted); }),
            "x: encoder.layers.0.fc1.lora_A.weight: LoRA adapters are not computed: merge them into the "
            "weights first");
}

TEST(WhisperEncoderFormat, FaultsAreNamedAsTheCheckpointNamesTheTensors) {
  Checkpoint damaged = checkpoint("model.encoder.", true, folder_config());
  ASSERT_EQ(damaged.tensors.erase("model.encoder.layers.1.self_attn.k_proj.weight"), 1U);
  ASSERT_EQ(damaged.tensors.erase("model.encoder.conv2.weight"), 1U);
  ASSERT_TRUE(WhisperEncoderConfig::recognises(damaged));
  const std::string said = test::refusal([&] { WhisperEncoderConfig::import(damaged); });
  for (const char* name : {"model.encoder.layers.1.self_attn.k_proj.weight", "model.encoder.conv2.weight"})
    test::expect_in(said, name);
  test::expect_in(said, "x: 2 tensors do not fit");
}

TEST(WhisperEncoderFormat, ModelFilesAreValidated) {
  const auto said = [](const std::string& text) {
    const json::Value object = json::parse(text, 8);
    const std::string file = "m";
    json::ObjectReader reader(object, "parts.x.", file);
    return test::refusal([&] { WhisperEncoderConfig::read(reader); });
  };
  EXPECT_EQ(
      said(
          R"({"feed_forward":24,"heads":3,"hidden":16,"layers":3,"mels":80,"positions":12,"published_layers":3})"),
      "m: configuration: parts.x.heads: 3 heads do not divide 16 channels");
  test::expect_in(
      said(
          R"({"feed_forward":24,"heads":2,"hidden":16,"layers":4,"mels":80,"positions":12,"published_layers":3})"),
      "m: configuration: parts.x.layers: ");
  test::expect_in(
      said(
          R"({"feed_forward":24,"heads":2,"hidden":16,"layers":3,"mels":129,"positions":12,"published_layers":3})"),
      "m: configuration: parts.x.mels: ");
}

TEST(WhisperEncoderFormat, FewerLayersHaveNeitherTheOthersNorTheLastNorm) {
  const auto shorter = small_whisper().with_layers(1);
  EXPECT_EQ(shorter->layers(), 1);
  EXPECT_EQ(shorter->all_layers(), 3);
  EXPECT_EQ(shorter->width(), 16);
  for (const weights::TensorSpec& spec : shorter->tensors()) {
    EXPECT_FALSE(spec.name.starts_with("blocks.1")) << spec.name;
    EXPECT_FALSE(spec.name.starts_with("ln_post")) << spec.name;
  }
  EXPECT_EQ(small_whisper().tensors().size(), shorter->tensors().size() + 2 * 15 + 2);
}

// Forward passes.

models::ModelConfig encode_config(const WhisperEncoderConfig& encoder) {
  models::ModelConfig config;
  config.model = "encode";
  config.parts = {{"encoder", std::make_shared<WhisperEncoderConfig>(encoder)}};
  return config;
}
const runtime::Encoder& encoder_of(const runtime::Model& model) {
  return dynamic_cast<const runtime::Encoder&>(model.part("encoder"));
}

TEST(WhisperEncoder, FramesAreOfTwentyMilliseconds) {
  const auto model = test::random_model(encode_config(small_whisper()));
  const runtime::Encoder& encoder = encoder_of(*model);
  EXPECT_EQ(encoder.minimum_samples(), 1);
  EXPECT_EQ(encoder.maximum_samples(), 12 * 320);
  for (const auto& [samples, frames] : {std::pair<int64_t, int64_t>{1, 1},
                                        {320, 1},
                                        {321, 2},
                                        {480000, 1500},
                                        {480001, 1501},
                                        {480160, 1501}})
    EXPECT_EQ(encoder.frames(samples), frames) << samples;
}

TEST(WhisperEncoder, AClipHasTheSameBitsInEveryMix) {
  const auto model = test::random_model(encode_config(small_whisper()));
  test::Clips clips;
  for (const int64_t samples : {1, 319, 320, 321, 1000, 3840})
    clips.push_back(test::tone(samples, static_cast<uint32_t>(samples)));
  clips.emplace_back(700, 0.0f);  // silence
  test::expect_same_in_every_mix(clips, 100, [&](const test::Clips& some, int threads, Precision precision) {
    return test::run_encoder(encoder_of(*model), some, threads, precision);
  });
}

TEST(WhisperEncoder, AClipIsFilledUpToWholeFrames) {
  const auto model = test::random_model(encode_config(small_whisper()));
  std::vector<float> clip = test::tone(1000, 1), filled = clip;
  filled.resize(1280);
  EXPECT_EQ(test::run_encoder(encoder_of(*model), {clip}), test::run_encoder(encoder_of(*model), {filled}));
  // What comes after is of another clip: more silence moves the states.
  std::vector<float> longer = clip;
  longer.resize(1600);
  const auto states = test::run_encoder(encoder_of(*model), {clip}).at(0);
  const auto others = test::run_encoder(encoder_of(*model), {longer}).at(0);
  EXPECT_EQ(states.size(), 4U * 4 * 16);
  EXPECT_EQ(others.size(), 4U * 5 * 16);
  EXPECT_FALSE(std::equal(states.begin(), states.begin() + 4 * 16, others.begin()));
}

TEST(WhisperEncoder, SilenceAndOneSampleHaveFiniteStates) {
  const auto model = test::random_model(encode_config(small_whisper()));
  for (const std::vector<float>& clip :
       {std::vector<float>(500, 0.0f), std::vector<float>{0.0f}, std::vector<float>{1.0f}}) {
    const test::Clips states = test::run_encoder(encoder_of(*model), {clip});
    for (const float value : states[0]) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST(WhisperEncoder, FewerLayersGiveTheFirstStatesToTheBit) {
  const models::ModelFile whole = test::random_model_file(encode_config(small_whisper()));
  const auto full = std::make_shared<const runtime::Model>(whole);
  const test::Clips clip = {test::tone(900, 3)};
  const std::vector<float> states = test::run_encoder(encoder_of(*full), clip).at(0);
  const size_t state = 3 * 16;
  ASSERT_EQ(states.size(), 4 * state);
  for (int kept = 0; kept < 3; ++kept) {
    WhisperEncoderConfig fewer = small_whisper();
    fewer.kept = kept;
    models::ModelFile file;
    file.config = encode_config(fewer);
    for (const weights::TensorSpec& spec : models::tensors_of(file.config))
      file.tensors[spec.name] = whole.tensors.at(spec.name);
    const runtime::Model model(file);
    EXPECT_EQ(encoder_of(model).last_state(), kept);
    const std::vector<float> first = test::run_encoder(encoder_of(model), clip).at(0);
    ASSERT_EQ(first.size(), (static_cast<size_t>(kept) + 1) * state);
    EXPECT_EQ(0, std::memcmp(first.data(), states.data(), first.size() * sizeof(float))) << kept;
  }
}

// Operands of each product are rounded. A path through the network has two convolutions and four products a
// block, whose errors are of either sign. The factor of safety stays: a product's errors are relative to what
// it adds up, which is more than GELU leaves of it.
TEST(WhisperEncoder, Bf16IsWithinTheRoundingOfItsOperands) {
  const auto model = test::random_model(encode_config(small_whisper()));
  const test::Clips clips = {test::tone(3840, 1), test::tone(640, 2)};
  const test::Clips exact = test::run_encoder(encoder_of(*model), clips),
                    rounded = test::run_encoder(encoder_of(*model), clips, 1, Precision::bf16);
  for (size_t b = 0; b < clips.size(); ++b) {
    double squares = 0;
    for (const float value : exact[b]) squares += double(value) * value;
    const double size = std::sqrt(squares / static_cast<double>(exact[b].size()));
    test::expect_close_on_average(rounded[b], test::to_double(exact[b]),
                                  test::operand_rounding(Precision::bf16, size) * std::sqrt(2 + 4 * 3));
    EXPECT_NE(rounded[b], exact[b]);
  }
}

TEST(WhisperEncoder, AClipBeyondTheTableOfPositionsIsRefused) {
  BigruPoolConfig head;
  head.channels = 16;
  head.units = head.attention = head.hidden = 4;
  head.classes = 2;
  models::ModelConfig config = encode_config(small_whisper());
  config.model = "encoder_heads";
  config.parts.push_back({"head", std::make_shared<BigruPoolConfig>(head)});
  config.outputs = head.outputs();
  config.outputs.pop_back();
  config.outputs[0].labels = {"a", "b"};
  runtime::Engine engine(test::random_model(config), {.device = runtime::EngineOptions::Choice::cpu});
  const std::vector<float> longest(3840, 0.1f), longer(3841, 0.1f);
  const std::span<const float> clips[] = {longest, longer};
  EXPECT_EQ(engine.score({clips, 1}).at(0).outputs.at(0).size(), 2U);
  EXPECT_EQ(test::refusal([&] { engine.score(clips); }, ErrorKind::audio),
            "clip 1: 3841 samples, the model takes at most 3840");
}

TEST(WhisperEncoder, RunsAlone) {
  const auto model = test::random_model(encode_config(small_whisper()));
  const runtime::Network& network = model->part("encoder");
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(network.result_shapes({{"pcm", {{2, 641}, std::vector<float>(1282)}}}).at("encoder"),
            (Shape{6, 16}));
  for (const auto& [name, shape] :
       {std::pair<std::string, Shape>{"pcm", {641}}, {"pcm", {1, 0}}, {"x", {1, 641}}, {"pcm", {1, 3841}}}) {
    EXPECT_THROW(network.result_shapes({{name, {shape, {}}}}), Error) << name;
  }
  runtime::Engine engine(model, {.device = runtime::EngineOptions::Choice::cpu});
  const std::vector<float> clip = test::tone(641, 5);
  std::vector<float> twice = clip;
  twice.insert(twice.end(), clip.begin(), clip.end());
  runtime::NoProbes none;
  const std::vector<float> got =
      engine.run_part("encoder", {{"pcm", {{2, 641}, twice}}}, none).at("encoder").values;
  const std::vector<float> states = test::run_encoder(encoder_of(*model), {clip}).at(0);
  const std::vector<float> last(states.end() - 3 * 16, states.end());
  EXPECT_EQ(std::vector<float>(got.begin(), got.begin() + 3 * 16), last);
  EXPECT_EQ(std::vector<float>(got.begin() + 3 * 16, got.end()), last);
}

}  // namespace
}  // namespace serene::networks
