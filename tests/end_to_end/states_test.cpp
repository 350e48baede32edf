// The hidden states that an engine gives, held to reference tensors on each device.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "runtime/src/engine.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

std::shared_ptr<const runtime::Model> hubert() {
  converter::ConvertOptions options;
  options.parts.push_back({"", (test::kOwnGoldens / "encoders/hubert_base").string()});
  return std::make_shared<const runtime::Model>(models::parse_model(test::converted(options), "converted"));
}

runtime::EngineOptions on(Device device) {
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  return options;
}

// Means of `group` rows of a reference state (T, H), in double.
std::vector<double> means(std::span<const float> state, int64_t width, int64_t group) {
  const int64_t frames = std::ssize(state) / width;
  std::vector<double> rows;
  for (int64_t begin = 0; begin < frames; begin += group) {
    const int64_t end = std::min(begin + group, frames);
    for (int64_t h = 0; h < width; ++h) {
      double sum = 0;
      for (int64_t t = begin; t < end; ++t) sum += state[t * width + h];
      rows.push_back(sum / static_cast<double>(end - begin));
    }
  }
  return rows;
}

// Of clips of one frame, four and eight, each by itself and in rows of three, which do not divide them.
TEST(States, AreHeldToTheirReferenceTensors) {
  const auto model = hubert();
  const weights::TensorFile reference =
      weights::read_safetensors((test::kOwnGoldens / "speech_transformer_base.safetensors").string());
  const auto tensor = [&](const std::string& name) { return weights::to_float(reference.tensors.at(name)); };
  for (const Device device : test::devices()) {
    runtime::Engine engine(model, on(device));
    std::vector<std::vector<float>> clips;
    for (const char* clip : {"0", "1", "2"}) clips.push_back(tensor(clip + std::string(".in.pcm")));
    const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
    for (const int64_t state : {0, 1, 2}) {
      for (const int64_t group : {1, 3, 1000}) {
        const std::vector<runtime::ClipStates> found = engine.states(spans, {state, group});
        ASSERT_EQ(found.size(), 3u);
        for (size_t i = 0; i < found.size(); ++i) {
          const std::vector<double> wanted =
              means(tensor(std::to_string(i) + ".tap.hidden." + std::to_string(state)), 32, group);
          ASSERT_EQ(found[i].values.size(), wanted.size()) << i << ", groups of " << group;
          EXPECT_EQ(found[i].rows, std::ssize(wanted) / 32);
          double error = 0, norm = 0;
          for (size_t k = 0; k < wanted.size(); ++k) {
            error += std::pow(found[i].values[k] - wanted[k], 2);
            norm += wanted[k] * wanted[k];
          }
          EXPECT_LE(std::sqrt(error), 1e-4 * std::sqrt(norm)) << "state " << state << " of clip " << i;
        }
        if (state == 2) {
          const std::vector<runtime::ClipStates> last = engine.states(spans, {.group_size = group});
          for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(last[i].values, found[i].values);
        }
      }
    }
  }
}

TEST(States, AreTheSameBitsInABatchAndAlone) {
  const auto model = hubert();
  for (const Device device : test::devices()) {
    runtime::Engine engine(model, on(device));
    std::vector<std::vector<float>> clips;
    for (const int64_t samples : {400, 2000, 401, 1519, 400})
      clips.push_back(test::tone(samples, static_cast<uint32_t>(clips.size() + 1)));
    const std::vector<std::span<const float>> spans(clips.begin(), clips.end());
    const std::vector<runtime::ClipStates> together = engine.states(spans, {1, 2});
    for (size_t i = 0; i < clips.size(); ++i)
      EXPECT_EQ(engine.states({&spans[i], 1}, {1, 2}).front().values, together[i].values) << i;
    EXPECT_TRUE(engine.states({}, {}).empty());
  }
}

TEST(States, ThatAreNotThereAreRefused) {
  const auto model = hubert();
  runtime::Engine engine(model, on(Device::cpu));
  const std::vector<float> samples = test::tone(2000, 1), few(399, 0.1f);
  const std::span<const float> clip = samples, little = few;
  const auto refused = [&](const std::span<const float>& of, const runtime::StateChoice& choice,
                           ErrorKind kind) {
    return test::refusal([&] { engine.states({&of, 1}, choice); }, kind);
  };
  EXPECT_EQ(refused(clip, {3, 1}, ErrorKind::invalid_argument), "state 3: the model's encoder has 0 to 2");
  EXPECT_EQ(refused(clip, {-2, 1}, ErrorKind::invalid_argument), "state -2: the model's encoder has 0 to 2");
  EXPECT_EQ(refused(clip, {1, 0}, ErrorKind::invalid_argument), "means of 0 frames: wanted 1 to 1000");
  EXPECT_EQ(refused(clip, {1, 1001}, ErrorKind::invalid_argument), "means of 1001 frames: wanted 1 to 1000");
  EXPECT_EQ(refused(little, {}, ErrorKind::audio), "clip 0: 399 samples, the model needs at least 400");
}

}  // namespace
}  // namespace serene
