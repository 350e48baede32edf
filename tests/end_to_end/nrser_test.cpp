// NRSER through the engine: from its published folder, in batches, on clips about a segment long, and from
// checkpoints and clips that are no good.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "kernels/common/observer.h"
#include "runtime/models/common/speech_level.h"
#include "runtime/src/engine.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSegment = runtime::SpeechLevel::kSegment;

std::string published() { return (test::kOwnGoldens / "encoders/nrser").string(); }

converter::ConvertOptions options_for(const std::string& path) {
  converter::ConvertOptions options;
  options.parts.push_back({"", path});
  options.settings["encoder"]["heads"] = "3";
  return options;
}

// serene-convert's model file, with the labels that the options or the folder have.
std::vector<std::byte> converted(const converter::ConvertOptions& options) {
  return weights::serialize_safetensors(converter::convert(options).file);
}

std::shared_ptr<const runtime::Model> model_of(const converter::ConvertOptions& options) {
  return std::make_shared<const runtime::Model>(models::parse_model(converted(options), "converted"));
}

// Of the tests that only read it.
std::shared_ptr<const runtime::Model> model() {
  static const std::shared_ptr<const runtime::Model> made = model_of(options_for(published()));
  return made;
}

runtime::EngineOptions options_of(Device device, int threads = 2) {
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  options.threads = threads;
  return options;
}

// Keeps one tap.
class Kept : public runtime::ProbeSink {
 public:
  explicit Kept(std::string name) : name_(std::move(name)) {}
  bool wants(const std::string& name) const override { return name == name_; }
  void put(const std::string&, const View<const float, 4>& v) override {
    for (int64_t i = 0; i < v.size(3); ++i) values.push_back(v.data[i * v.stride[3]]);
  }
  std::vector<float> values;

 private:
  std::string name_;
};

// A copy of the published folder.
class ChangedFolder {
 public:
  ChangedFolder() { fs::copy(published(), folder_.path(), fs::copy_options::recursive); }
  const std::string& path() const { return folder_.path(); }
  std::string file(const std::string& name) const { return folder_ / name; }
  // Tensors in the place of a file of it.
  void write(const std::string& name, const std::map<std::string, std::vector<int64_t>>& shapes) const {
    weights::Tensors tensors;
    for (const auto& [tensor, shape] : shapes) {
      int64_t count = 1;
      for (const int64_t size : shape) count *= size;
      tensors[tensor] =
          weights::from_float(tensor, shape, std::vector<float>(static_cast<size_t>(count), 0.5f));
    }
    fs::remove(file(name));
    weights::write_safetensors(file(name), {"", {}, tensors});
  }
  std::string refused() const {
    return test::refusal([&] { converter::convert(options_for(path())); });
  }

 private:
  test::TempFolder folder_;
};

TEST(NrserModel, GivesCategoriesDimensionsAndALevel) {
  std::string names;
  for (const models::OutputSpec& output : model()->outputs) names += output.name + " ";
  EXPECT_EQ(names, "emotion arousal valence dominance embedding level ");
  EXPECT_EQ(model()->config.model, "nrser");
  EXPECT_EQ(model()->outputs[0].labels,
            (std::vector<std::string>{"angry", "sad", "happy", "surprise", "fear", "disgust", "contempt",
                                      "neutral", "other", "no_agreement"}));
  EXPECT_TRUE(model()->can_enhance());
  EXPECT_EQ(model()->window_samples(), 10 * kSegment);
}

TEST(NrserModel, IsTheSameFromItsParts) {
  converter::ConvertOptions options;
  options.parts = {{"se", published() + "/SE/best"},
                   {"snr_level", published() + "/SNR/best"},
                   {"encoder", published() + "/EMO/best"},
                   {"head", published() + "/EMO/best"}};
  options.settings["encoder"]["heads"] = "3";
  EXPECT_EQ(test::refusal([&] { converter::convert(options); }, ErrorKind::invalid_argument),
            "--labels: needed: " + published() +
                "/EMO/best does not name its 10 classes; give their names in the order of its outputs, "
                "--labels NAME,NAME,...");
  options.labels = model()->outputs[0].labels;
  EXPECT_EQ(converted(options), converted(options_for(published())));
}

// The bits of a clip are its own, whatever else is in the batch, and on any number of threads.
TEST(NrserScores, AreTheSameBitsInABatchAndAlone) {
  for (Device device : test::devices()) {
    std::vector<int64_t> lengths{400, 31999, kSegment, 32001, 4801, 400};
    if (device == Device::executor) lengths = {400, 4801};
    std::vector<std::vector<float>> clips;
    for (const int64_t samples : lengths)
      clips.push_back(test::tone(samples, static_cast<uint32_t>(clips.size() + 1)));
    const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
    runtime::Engine engine(model(), options_of(device));
    const std::vector<runtime::ClipResult> together = engine.score(spans);
    std::vector<runtime::ClipResult> threads = together;
    if (device == Device::cpu) threads = runtime::Engine(model(), options_of(device, 3)).score(spans);
    // A segment takes the executor seconds.
    const size_t alone_too = device == Device::executor ? 1 : clips.size();
    for (size_t i = 0; i < alone_too; ++i) {
      const runtime::ClipResult alone = engine.score({&spans[i], 1}).front();
      for (size_t o = 0; o < alone.outputs.size(); ++o) {
        const size_t bytes = alone.outputs[o].size() * sizeof(float);
        ASSERT_EQ(together[i].outputs[o].size(), alone.outputs[o].size());
        EXPECT_EQ(0, std::memcmp(together[i].outputs[o].data(), alone.outputs[o].data(), bytes))
            << model()->outputs[o].name << " of clip " << i;
        EXPECT_EQ(0, std::memcmp(together[i].outputs[o].data(), threads[i].outputs[o].data(), bytes))
            << model()->outputs[o].name << " of clip " << i << " on 3 threads";
      }
    }
  }
}

// More than go through the enhancer together, each as the enhancer alone makes it of zeros after its end.
TEST(NrserScores, EachSegmentIsEnhancedAlone) {
  runtime::Engine engine(model(), options_of(Device::cpu));
  const std::vector<float> clip = test::tone(9 * kSegment + 4000, 1);
  Kept enhanced("enhanced.pcm");
  engine.score_with(clip, enhanced);
  ASSERT_EQ(enhanced.values.size(), clip.size());
  runtime::NoProbes none;
  for (const int64_t segment : {0, 7, 8, 9}) {
    const auto first = static_cast<size_t>(segment * kSegment);
    const size_t count = std::min<size_t>(kSegment, clip.size() - first);
    std::vector<float> samples(kSegment);
    std::copy_n(clip.begin() + static_cast<ptrdiff_t>(first), count, samples.begin());
    const std::vector<float> alone =
        engine.run_part("se", {{"pcm", {{1, kSegment}, samples}}}, none).at("enhanced").values;
    EXPECT_EQ(0, std::memcmp(enhanced.values.data() + first, alone.data(), count * sizeof(float)))
        << "segment " << segment;
  }
}

// Remembers the steps of what ran.
class Steps : public Observer {
 public:
  void begin_step(std::string_view name) override { names.emplace(name); }
  void begin_op(std::string_view, const Work&) override {}
  void begin_kernel(const KernelLaunch&) override {}
  void end() noexcept override {}
  std::set<std::string> names;
};

TEST(NrserScores, TheLevelAloneTakesNoEncoder) {
  std::vector<std::vector<float>> clips;
  for (const int64_t samples : std::array<int64_t, 2>{4801, kSegment + 400})
    clips.push_back(test::tone(samples, 3));
  const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
  const size_t level = model()->outputs.size() - 1, emotion = 0;
  runtime::Engine engine(model(), options_of(Device::cpu));
  const std::vector<runtime::ClipResult> whole = engine.score(spans);
  Steps steps;
  engine.observe(&steps);
  const std::vector<runtime::ClipResult> alone = engine.score(spans, {&level, 1});
  EXPECT_TRUE(steps.names.contains("snr_level"));
  const auto enhanced = steps.names;
  // What takes the encoder has all of it computed, and gives what was asked for.
  const std::vector<runtime::ClipResult> label = engine.score(spans, {&emotion, 1});
  EXPECT_GT(steps.names.size(), enhanced.size());
  engine.observe(nullptr);
  for (size_t i = 0; i < clips.size(); ++i) {
    ASSERT_EQ(alone[i].outputs.size(), level + 1);
    EXPECT_EQ(alone[i].outputs[level], whole[i].outputs[level]);
    EXPECT_EQ(label[i].outputs[emotion], whole[i].outputs[emotion]);
    EXPECT_TRUE(label[i].outputs[level].empty());
    for (size_t o = 0; o < level; ++o) EXPECT_TRUE(alone[i].outputs[o].empty());
  }
}

TEST(NrserScores, OfSilenceAreFiniteAndHaveTheLevelOfTheBias) {
  runtime::Engine engine(model(), options_of(Device::cpu));
  const std::vector<float> clip(kSegment + 7, 0.0f);
  const std::span<const float> span(clip);
  const runtime::ClipResult result = engine.score({&span, 1}).front();
  EXPECT_TRUE(result.silent);
  for (const std::vector<float>& output : result.outputs) {
    for (float v : output) EXPECT_TRUE(std::isfinite(v));
  }
  EXPECT_EQ(result.outputs.back().front(), 0.0f);  // of a bias of -0.85
}

TEST(NrserScores, NeedAFrame) {
  runtime::Engine engine(model(), options_of(Device::cpu));
  const std::vector<float> clip(399, 0.1f);
  const std::span<const float> span(clip);
  EXPECT_EQ(test::refusal(
                [&] {
                  engine.score({&span, 1});
                },
                ErrorKind::audio),
            "clip 0: 399 samples, the model needs at least 400");
}

TEST(NrserFolder, LacksWhatIsMissing) {
  const ChangedFolder folder;
  fs::remove(folder.file("SNR/best"));
  EXPECT_EQ(folder.refused(), folder.path() + ": lacks SNR/best of NRSER's SE/best, SNR/best and EMO/best");
}

TEST(NrserFolder, RefusesTheDetectorThatLooksAtOtherClips) {
  const ChangedFolder folder;
  folder.write("SNR/best", {{"cnn.0.weight", {4, 2, 3}}, {"fusion_layer.linear1.weight", {8, 4}}});
  EXPECT_EQ(
      folder.refused(),
      folder.file("SNR/best") +
          ": fusion_layer.linear1.weight: NRSER's detector of 2025, whose attention runs over the clips of a "
          "batch: a level would depend on what is scored with it; the one of the paper is linear.weight (1, "
          "402)");
}

TEST(NrserFolder, RefusesADetectorOfOtherWidths) {
  const ChangedFolder folder;
  folder.write("SNR/best", {{"linear.weight", {1, 400}}, {"linear.bias", {1}}});
  test::expect_in(folder.refused(), "linear.weight is [1, 400], wanted [1, 402]");
}

TEST(NrserFolder, RefusesWhatIsNoCheckpoint) {
  const ChangedFolder folder;
  test::write_file(folder.file("SE/best"), "<html>");
  EXPECT_EQ(folder.refused(),
            folder.file("SE/best") + ": not a PyTorch zip or safetensors file: looks like a web page");
}

// Whisper in HuBERT's place, as NRSER's authors had it later; its clips are filled up first.
TEST(NrserModel, TakesAnyEncoderAndHead) {
  converter::ConvertOptions options;
  options.parts = {{"se", published() + "/SE/best"},
                   {"snr_level", published() + "/SNR/best"},
                   {"encoder", (test::kOwnGoldens / "whisper_encoder_m80.pt").string()},
                   {"head", (test::kOwnGoldens / "bigru_pool_one.pt").string()}};
  options.settings["encoder"]["heads"] = "2";
  options.settings["head"]["state"] = "1";
  options.fit = models::Fit{models::FitRule::pad, 1};
  options.labels = {"a", "b", "c", "d"};
  const auto whisper = model_of(options);
  EXPECT_EQ(whisper->config.model, "nrser");
  EXPECT_EQ(whisper->window_samples(), 16000);
  runtime::Engine engine(whisper, options_of(Device::cpu));
  const std::vector<float> clip = test::tone(5000, 3);
  const std::span<const float> span(clip);
  const runtime::ClipResult result = engine.score({&span, 1}).front();
  EXPECT_EQ(result.outputs.front().size(), 4u);
  EXPECT_GE(result.outputs.back().front(), 0);
  EXPECT_LE(result.outputs.back().front(), 1);
}

}  // namespace
}  // namespace serene
