// Speech encoders through the engine: alone, in batches, and from checkpoints and clips that are no good.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runtime/src/engine.h"
#include "runtime/src/reference_run.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

// Of tests/golden/encoders.
std::string own_path(const std::string& name) { return (test::kOwnGoldens / "encoders" / name).string(); }

std::shared_ptr<const runtime::Model> model_of(const std::string& path) {
  converter::ConvertOptions options;
  options.parts.push_back({"", path});
  // Without a folder no tensor says it.
  if (path.ends_with(".pt")) options.settings["encoder"]["heads"] = "4";
  return std::make_shared<const runtime::Model>(models::parse_model(test::converted(options), "converted"));
}

// A copy of an own folder with other tensors.
class ChangedFolder {
 public:
  template <class Change>
  ChangedFolder(const std::string& name, Change change) {
    for (const char* file : {"config.json", "preprocessor_config.json"})
      fs::copy_file(own_path(name) + '/' + file, folder_ / file);
    weights::TensorFile file = weights::read_safetensors(own_path(name) + "/model.safetensors");
    change(file.tensors);
    weights::write_safetensors(folder_ / "model.safetensors", file);
  }
  const std::string& path() const { return folder_.path(); }

 private:
  test::TempFolder folder_;
};

runtime::EngineOptions options_of(Device device) {
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  return options;
}

// Every value is right that a model of all of the checkpoint's networks has; of an encoder alone those of a
// head are not asked for.
void expect_reference(const std::string& checkpoint, const fs::path& tensors, const char* kind) {
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
  const ChangedFolder folder("hubert_base", [](weights::Tensors& tensors) {
    std::erase_if(tensors, [](const auto& tensor) { return !tensor.first.starts_with("hubert."); });
  });
  expect_reference(folder.path(), test::kOwnGoldens / "speech_transformer_base.safetensors", "encode");
}

TEST(EncoderAlone, SharedHubertIsHeldToItsReferenceTensors) {
  const fs::path folder = test::kSharedGoldens / "encoders";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  expect_reference((folder / "hubert_encoder").string(), folder / "hubert_er.safetensors", "encode");
}

// Its tensors are in the encoder's file, below a name of their own.
TEST(EncoderAndHead, SharedWhisperIsHeldToItsReferenceTensors) {
  const fs::path folder = test::kSharedGoldens / "encoders";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  expect_reference((folder / "whisper_er").string(), folder / "whisper.safetensors", "encoder_heads");
}

// With every head, on devices that take several clips at a time, too.
TEST(EncoderScores, AreTheSameBitsInABatchAndAlone) {
  for (const char* name : {"hubert_base", "wav2vec2_large", "wavlm", "msp_dim", "nrser.pt"}) {
    const auto model = model_of(own_path(name));
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
  const auto hubert = model_of(own_path("hubert_base"));
  EXPECT_EQ(names(*hubert), "emotion embedding ");
  EXPECT_EQ(hubert->outputs[0].labels, (std::vector<std::string>{"neu", "hap", "ang", "sad"}));
  EXPECT_EQ(names(*model_of(own_path("msp_dim"))), "arousal dominance valence embedding ");
  EXPECT_EQ(names(*model_of(own_path("nrser.pt"))), "emotion arousal valence dominance embedding ");
}

TEST(EncoderScores, NeedAFrame) {
  runtime::Engine engine(model_of(own_path("hubert_base")), {});
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
    runtime::Engine engine(model_of(own_path(name)), {});
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
  const ChangedFolder folder("hubert_base", [](weights::Tensors& tensors) {
    weights::Tensor& tensor = tensors.at("hubert.encoder.layers.1.attention.v_proj.bias");
    std::vector<float> values = weights::to_float(tensor);
    values[3] = std::nanf("");
    tensor = weights::from_float(tensor.name, tensor.shape, values);
  });
  EXPECT_EQ(test::refusal([&] { model_of(folder.path()); }),
            folder.path() + ": encoder.layers.1.attention.qkv.bias: 1 of 96 values are not finite");
}

TEST(EncoderModels, RefuseAWeightNormOfNothing) {
  const ChangedFolder folder("hubert_base", [](weights::Tensors& tensors) {
    weights::Tensor& tensor =
        tensors.at("hubert.encoder.pos_conv_embed.conv.parametrizations.weight.original0");
    std::vector<float> values = weights::to_float(tensor);
    values[5] = 0;
    tensor = weights::from_float(tensor.name, tensor.shape, values);
  });
  EXPECT_EQ(test::refusal([&] { model_of(folder.path()); }),
            folder.path() +
                ": encoder.pos_conv_embed.conv.weight_g: is 0 at tap 5: the position convolution "
                "is damaged");
}

TEST(EncoderModels, RefuseAHeadOfAnotherWidth) {
  const ChangedFolder folder("hubert_base", [&](weights::Tensors& tensors) {
    const std::vector<float> values(12 * 24, 0.5f);
    tensors.at("projector.weight") = weights::from_float("projector.weight", {12, 24}, values);
  });
  test::expect_in(test::refusal([&] { model_of(folder.path()); }),
                  "reads states of 24 channels, the encoder's have 32");
}

}  // namespace
}  // namespace serene
