// Speech encoders through the engine: alone, in batches, and from checkpoints and clips that are no good.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runtime/src/engine.h"
#include "runtime/src/reference_run.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/encoder_checkpoint.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

// tests/golden/encoders
networks::Checkpoint own_checkpoint(const std::string& name) {
  const bool file = name.ends_with(".pt");
  return test::encoder_checkpoint(
      test::kOwnGoldens / "encoders" / name,
      file ? std::map<std::string, std::string>{{"heads", "4"}} : std::map<std::string, std::string>());
}

std::shared_ptr<const runtime::Model> model_of(const networks::Checkpoint& checkpoint) {
  return std::make_shared<const runtime::Model>(
      models::parse_model(test::encoder_model(checkpoint), "converted"));
}

runtime::EngineOptions options_of(Device device) {
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  return options;
}

// Every value is right that a model of all of the checkpoint's networks has; of an encoder alone those of a
// head are not asked for.
void expect_reference(const networks::Checkpoint& checkpoint, const fs::path& tensors, const char* kind) {
  const weights::TensorFile reference = weights::read_safetensors(tensors.string());
  const auto model = model_of(checkpoint);
  EXPECT_EQ(model->config.model, kind);
  for (Device device : test::devices()) {
    runtime::Engine engine(model, options_of(device));
    size_t passed = 0;
    for (const runtime::Comparison& c : runtime::compare_with_reference(engine, reference)) {
      using Verdict = runtime::Comparison::Verdict;
      EXPECT_EQ(c.verdict, Verdict::pass) << c.name << ": " << c.relative;
      passed += c.verdict == Verdict::pass ? 1 : 0;
    }
    EXPECT_GE(passed, 3 * 8);
  }
}

TEST(EncoderAlone, IsHeldToItsReferenceTensors) {
  networks::Checkpoint checkpoint = own_checkpoint("hubert_base");
  std::erase_if(checkpoint.tensors, [](const auto& tensor) { return !tensor.first.starts_with("hubert."); });
  expect_reference(checkpoint, test::kOwnGoldens / "speech_transformer_base.safetensors", "encode");
}

TEST(EncoderAlone, SharedHubertIsHeldToItsReferenceTensors) {
  const fs::path folder = test::kSharedGoldens / "encoders";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  expect_reference(test::encoder_checkpoint(folder / "hubert_encoder"), folder / "hubert_er.safetensors",
                   "encode");
}

// Its tensors are in the encoder's file, below a name of their own.
TEST(EncoderAndHead, SharedWhisperIsHeldToItsReferenceTensors) {
  const fs::path folder = test::kSharedGoldens / "encoders";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  expect_reference(test::encoder_checkpoint(folder / "whisper_er"), folder / "whisper.safetensors",
                   "encoder_heads");
}

// With every head, on devices that take several clips at a time, too.
TEST(EncoderScores, AreTheSameBitsInABatchAndAlone) {
  for (const char* name : {"hubert_base", "wav2vec2_large", "wavlm", "msp_dim", "nrser.pt"}) {
    const auto model = model_of(own_checkpoint(name));
    for (Device device : test::devices()) {
      runtime::Engine engine(model, options_of(device));
      std::vector<std::vector<float>> clips;
      for (const int64_t samples : {400, 2000, 401, 1519, 400})
        clips.push_back(test::tone(samples, static_cast<uint32_t>(clips.size() + 1)));
      const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
      const std::vector<runtime::ClipResult> together = engine.score(spans);
      ASSERT_EQ(together.size(), clips.size());
      for (size_t i = 0; i < clips.size(); ++i) {
        const runtime::ClipResult alone = engine.score({&spans[i], 1}).front();
        ASSERT_EQ(together[i].outputs.size(), model->outputs.size());
        for (size_t o = 0; o < alone.outputs.size(); ++o) {
          ASSERT_EQ(together[i].outputs[o].size(), static_cast<size_t>(model->outputs[o].size));
          EXPECT_EQ(0, std::memcmp(together[i].outputs[o].data(), alone.outputs[o].data(),
                                   alone.outputs[o].size() * sizeof(float)))
              << name << ": " << model->outputs[o].name << " of clip " << i;
        }
      }
    }
  }
}

TEST(EncoderScores, HaveTheNamesThatTheCheckpointGives) {
  const auto names = [](const runtime::Model& model) {
    std::string all;
    for (const models::OutputSpec& output : model.outputs) all += output.name + " ";
    return all;
  };
  const auto hubert = model_of(own_checkpoint("hubert_base"));
  EXPECT_EQ(names(*hubert), "emotion embedding ");
  EXPECT_EQ(hubert->outputs[0].labels, (std::vector<std::string>{"neu", "hap", "ang", "sad"}));
  EXPECT_EQ(names(*model_of(own_checkpoint("msp_dim"))), "arousal dominance valence embedding ");
  EXPECT_EQ(names(*model_of(own_checkpoint("nrser.pt"))), "emotion arousal valence dominance embedding ");
}

TEST(EncoderScores, NeedAFrame) {
  runtime::Engine engine(model_of(own_checkpoint("hubert_base")), {});
  const std::vector<float> clip(399, 0.1f);
  const std::span<const float> span(clip);
  EXPECT_EQ(test::refusal(
                [&] {
                  engine.score({&span, 1});
                },
                ErrorKind::audio),
            "clip 0: 399 samples, the model needs at least 400");
}

TEST(EncoderScores, SilenceHasFiniteOnes) {
  for (const char* name : {"hubert_base", "wav2vec2_large", "wavlm", "msp_dim"}) {
    runtime::Engine engine(model_of(own_checkpoint(name)), {});
    const std::vector<float> clip(1600, 0.0f);
    const std::span<const float> span(clip);
    const runtime::ClipResult result = engine.score({&span, 1}).front();
    EXPECT_TRUE(result.silent);
    for (const std::vector<float>& output : result.outputs) {
      for (float v : output) EXPECT_TRUE(std::isfinite(v)) << name;
    }
  }
}

TEST(EncoderModels, RefuseWeightsThatAreNotNumbers) {
  networks::Checkpoint checkpoint = own_checkpoint("hubert_base");
  const std::string name = "hubert.encoder.layers.1.attention.v_proj.bias";
  weights::Tensor tensor = checkpoint.tensors.at(name).read();
  std::vector<float> values = weights::to_float(tensor);
  values[3] = std::nanf("");
  checkpoint.tensors.at(name) = weights::stored(weights::from_float(name, tensor.shape, values));
  EXPECT_EQ(test::refusal([&] { models::parse_model(test::encoder_model(checkpoint), "m"); }),
            "m: encoder.encoder.layers.1.attention.qkv.bias: 1 values are not finite");
}

TEST(EncoderModels, RefuseAHeadOfAnotherWidth) {
  networks::Checkpoint checkpoint = own_checkpoint("hubert_base");
  const networks::Checkpoint other = own_checkpoint("wav2vec2_large");
  for (const char* name : {"projector.weight", "projector.bias", "classifier.weight", "classifier.bias"})
    checkpoint.tensors.at(name) = other.tensors.at(name);
  checkpoint.config = nullptr;
  checkpoint.settings = {{"heads", "4"}};
  test::expect_in(test::refusal([&] { models::parse_model(test::encoder_model(checkpoint), "m"); }),
                  "parts.head: reads states of 24 channels, the encoder's have 32");
}

}  // namespace
}  // namespace serene
