// Hidden states and the clips of a recording through the C interface.
#include <gtest/gtest.h>

#include <serene/serene.hpp>

#include "tests/end_to_end/converted_model.h"
#include "tests/support/random_model.h"

namespace serene {
namespace {

Model opened_hubert() {
  converter::ConvertOptions options;
  options.parts.push_back({"", (test::kOwnGoldens / "encoders/hubert_base").string()});
  return Model(test::converted(options), "converted");
}

TEST(StatesCapi, AreRowsOfTheEncodersWidth) {
  const Model model = opened_hubert();
  EXPECT_EQ(model.state_count(), 3u);
  EXPECT_EQ(model.state_width(), 32u);
  const std::vector<float> samples = test::tone(2801, 3);
  const serene_clip clip{samples.data(), samples.size()};
  std::vector<States> found;
  for (const int threads : {1, 2}) {
    Engine engine(model, SERENE_DEVICE_CPU, threads);
    found.push_back(engine.states({&clip, 1}, 2).at(0));
    found.push_back(engine.states({&clip, 1}).at(0));  // the last is the second
  }
  for (const States& states : found) {
    EXPECT_EQ(states.rows, 8u);
    EXPECT_EQ(states.width, 32u);
    EXPECT_EQ(states.values, found[0].values);
  }
  Engine engine(model, SERENE_DEVICE_CPU, 2);
  EXPECT_EQ(engine.states({&clip, 1}, 0, 3).at(0).rows, 3u);
  EXPECT_TRUE(engine.states({}).empty());
}

TEST(StatesCapi, ThatAreNotThereAreRefused) {
  const Model model = opened_hubert();
  Engine engine(model, SERENE_DEVICE_CPU, 2);
  const std::vector<float> samples = test::tone(2801, 3);
  const serene_clip clip{samples.data(), samples.size()};
  const auto refusal = [&](size_t state, size_t group) {
    serene_results* results = nullptr;
    EXPECT_EQ(serene_engine_states(engine.get(), &clip, 1, state, group, &results), SERENE_INVALID_ARGUMENT);
    EXPECT_EQ(results, nullptr);
    return std::string(serene_last_error());
  };
  EXPECT_EQ(refusal(3, 1), "state 3: the model's encoder has 0 to 2");
  EXPECT_EQ(refusal(1, 0), "means of 0 frames: wanted 1 to 1000");
  EXPECT_EQ(refusal(SIZE_MAX - 1, 1), "state 9223372036854775807: the model's encoder has 0 to 2");
}

TEST(StatesCapi, AreNotThereWithoutAnEncoder) {
  const Model trnet(SERENE_TEST_MODELS_DIR "/trnet.safetensors");
  EXPECT_EQ(trnet.state_count(), 0u);
  EXPECT_EQ(trnet.state_width(), 0u);
  EXPECT_EQ(serene_model_state_count(nullptr), 0u);
  EXPECT_EQ(serene_model_state_width(nullptr), 0u);
  Engine engine(trnet, SERENE_DEVICE_CPU, 1);
  const std::vector<float> samples(16000, 0.1f);
  const serene_clip clip{samples.data(), samples.size()};
  serene_results* results = nullptr;
  EXPECT_EQ(serene_engine_states(engine.get(), &clip, 1, 0, 1, &results), SERENE_UNSUPPORTED);
  EXPECT_NE(std::string(serene_last_error()).find("trnet.safetensors"), std::string::npos)
      << serene_last_error();
  EXPECT_EQ(results, nullptr);
}

// A pause of three seconds lies between two tones at 44.1 kHz, in stereo.
TEST(CutRecording, GivesTheClipsThatAreScored) {
  const Model model = opened_hubert();
  Engine engine(model, SERENE_DEVICE_CPU, 2);
  std::vector<float> interleaved;
  for (const uint32_t seed : {1u, 2u}) {
    const std::vector<float> tone = test::tone(44100 * 2, seed);
    for (const float sample : tone) interleaved.insert(interleaved.end(), {sample, 0.5f * sample});
    interleaved.resize(interleaved.size() + 2 * size_t{44100} * 3);
  }
  for (const RecordingOptions& how : {RecordingOptions{}, RecordingOptions{.window = 1, .hop = 0.5},
                                      RecordingOptions{.channel = 1, .level = -20}}) {
    const RecordingScore scored = engine.score_recording(interleaved, 2, 44100, how);
    const std::vector<RecordingClip> clips = cut_recording(model, interleaved, 2, 44100, how);
    ASSERT_EQ(clips.size(), scored.windows.size());
    ASSERT_FALSE(clips.empty());
    for (size_t i = 0; i < clips.size(); ++i) {
      EXPECT_EQ(clips[i].start, scored.windows[i].start);
      EXPECT_EQ(clips[i].seconds, scored.windows[i].seconds);
      const serene_clip clip{clips[i].samples.data(), clips[i].samples.size()};
      const Results alone = engine.run({&clip, 1});
      const std::span<const float> values = alone.values(0, "emotion");
      EXPECT_EQ(std::vector<float>(values.begin(), values.end()), scored.windows[i].outputs.at("emotion"))
          << i;
    }
  }
}

TEST(CutRecording, OfSilenceIsEmptyAndOfNonsenseRefused) {
  const Model model = opened_hubert();
  const std::vector<float> silence(16000);
  EXPECT_TRUE(cut_recording(model, silence, 1, 16000).empty());
  EXPECT_THROW(cut_recording(model, {}, 1, 16000), Failure);
  serene_results* results = nullptr;
  serene_recording recording{};
  recording.struct_size = sizeof(recording);
  recording.sample_rate = 10;
  recording.channels = 1;
  EXPECT_EQ(serene_model_cut_recording(model.get(), &recording, nullptr, &results), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(),
               "serene_model_cut_recording: recording.sample_rate is not in [1000, 768000]");
  EXPECT_EQ(serene_model_cut_recording(nullptr, &recording, nullptr, &results), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(results, nullptr);
}

}  // namespace
}  // namespace serene
