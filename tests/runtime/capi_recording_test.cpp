// Recordings in the C interface: their windows to the clips that these are, their mean to one in double
// precision. That decoding and resampling give the program's bits is held by tests/cli/score.
#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/snr_head/config.h"
#include "runtime/networks/whisper_encoder/config.h"
#include "runtime/recording/resample.h"
#include "serene/serene.hpp"
#include "tests/support/model_bytes.h"

namespace serene {
namespace {

using Samples = std::vector<float>;

constexpr size_t kClip = 8000;  // samples the small model looks at
constexpr double kRate = 16000;

Samples operator+(Samples a, const Samples& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Samples silence(double seconds) { return Samples(static_cast<size_t>(seconds * kRate)); }

// What the engine says of samples [start, start + length).
Score clip_score(Engine& engine, const Samples& samples, size_t start, size_t length) {
  const serene_clip clip{samples.data() + start, length};
  return engine.score({&clip, 1}).at(0);
}

struct Span {
  size_t start, length;
};

// Windows at these places, each with the bits of its clip, and the recording's score their weighted mean.
void expect_windows(Engine& engine, const Samples& mono, const RecordingScore& recording,
                    const std::vector<Span>& spans) {
  ASSERT_EQ(recording.windows.size(), spans.size());
  std::vector<double> sums(recording.posterior.size());
  double coefficient = 0, samples = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    const Window& window = recording.windows[i];
    const Score wanted = clip_score(engine, mono, spans[i].start, spans[i].length);
    EXPECT_EQ(window.start, static_cast<double>(spans[i].start) / kRate) << i;
    EXPECT_EQ(window.seconds, static_cast<double>(spans[i].length) / kRate) << i;
    EXPECT_EQ(window.posterior, wanted.posterior) << i;
    EXPECT_EQ(window.coefficient, wanted.coefficient) << i;
    EXPECT_EQ(window.flags, wanted.flags) << i;
    const auto weight = static_cast<double>(spans[i].length);
    for (size_t k = 0; k < sums.size(); ++k) sums[k] += weight * wanted.posterior[k];
    coefficient += weight * wanted.coefficient;
    samples += weight;
  }
  ASSERT_EQ(sums.size(), 3u);
  size_t best = 0;
  for (size_t k = 0; k < sums.size(); ++k) {
    EXPECT_FLOAT_EQ(recording.posterior[k], static_cast<float>(sums[k] / samples));
    if (sums[k] > sums[best]) best = k;
  }
  EXPECT_FLOAT_EQ(recording.coefficient, static_cast<float>(coefficient / samples));
  EXPECT_EQ(recording.label, (std::vector<std::string>{"angry", "happy", "sad"})[best]);
  EXPECT_EQ(recording.reason, "");
}

std::string refusal(serene_status status, serene_status wanted) {
  EXPECT_EQ(status, wanted);
  return serene_last_error();
}

class CapiRecordingTest : public testing::Test {
 protected:
  const Model model_{test::model_bytes(), "small"};
  Engine engine_{model_, SERENE_DEVICE_CPU, 2};

  // One channel at 16 kHz.
  serene_recording recording_of(const Samples& samples) const {
    serene_recording recording{};
    recording.struct_size = sizeof(recording);
    recording.sample_rate = 16000;
    recording.channels = 1;
    recording.samples = samples.data();
    recording.frames = samples.size();
    return recording;
  }
  serene_recording_options options() const {
    serene_recording_options options{};
    options.struct_size = sizeof(options);
    return options;
  }
};

TEST_F(CapiRecordingTest, AllOfARecordingIsScoredInWindowsOfTheModelsClip) {
  const Samples samples = test::tone(26000, 1);
  const RecordingScore recording = engine_.score_recording(samples, 1, 16000);
  expect_windows(engine_, samples, recording, {{0, kClip}, {8000, kClip}, {16000, kClip}, {18000, kClip}});
  EXPECT_EQ(recording.flags, 0u);
  EXPECT_EQ(recording.seconds, 1.625);
  EXPECT_EQ(recording.silent_share, 0);
  EXPECT_EQ(recording.clipped_share, 0);
}

TEST_F(CapiRecordingTest, WindowsByLengthAndHop) {
  const Samples samples = test::tone(10000, 2);
  const RecordingScore recording = engine_.score_recording(samples, 1, 16000, {.window = 0.25, .hop = 0.15});
  ASSERT_NO_FATAL_FAILURE(
      expect_windows(engine_, samples, recording, {{0, 4000}, {2400, 4000}, {4800, 4000}, {6000, 4000}}));
  EXPECT_EQ(recording.windows[0].flags, SERENE_CLIP_SHORT);
  EXPECT_EQ(recording.flags, 0u);
  // A hop alone is one within the model's clip.
  expect_windows(engine_, samples, engine_.score_recording(samples, 1, 16000, {.hop = 0.1}),
                 {{0, kClip}, {1600, kClip}, {2000, kClip}});
}

TEST_F(CapiRecordingTest, ARecordingNoLongerThanAWindowIsOne) {
  for (const size_t count : {size_t{2}, kClip - 1, kClip}) {
    const Samples samples(test::tone(static_cast<int64_t>(count), 3));
    const RecordingScore recording = engine_.score_recording(samples, 1, 16000);
    ASSERT_NO_FATAL_FAILURE(expect_windows(engine_, samples, recording, {{0, count}}));
    EXPECT_EQ(recording.posterior, recording.windows[0].posterior);
    EXPECT_EQ(recording.coefficient, recording.windows[0].coefficient);
    EXPECT_EQ(recording.flags, count < kClip ? SERENE_CLIP_SHORT : 0u);
  }
}

// More windows than go into one call of the engine, and more blocks than one.
TEST_F(CapiRecordingTest, WindowsOfALongRecording) {
  const Samples samples = test::tone(20 * kClip + 100, 4);
  std::vector<Span> spans;
  for (size_t i = 0; i < 20; ++i) spans.push_back({i * kClip, kClip});
  spans.push_back({19 * kClip + 100, kClip});
  expect_windows(engine_, samples, engine_.score_recording(samples, 1, 16000), spans);
}

TEST_F(CapiRecordingTest, ChannelsAreMixedOrTaken) {
  const Samples left = test::tone(9000, 1), right = test::tone(9000, 5);
  Samples both, mean;
  for (size_t i = 0; i < left.size(); ++i) {
    both.push_back(left[i]);
    both.push_back(right[i]);
    mean.push_back(static_cast<float>((static_cast<double>(left[i]) + right[i]) / 2));
  }
  const std::vector<Span> spans{{0, kClip}, {1000, kClip}};
  expect_windows(engine_, mean, engine_.score_recording(both, 2, 16000), spans);
  expect_windows(engine_, left, engine_.score_recording(both, 2, 16000, {.channel = 0}), spans);
  expect_windows(engine_, right, engine_.score_recording(both, 2, 16000, {.channel = 1}), spans);
}

TEST_F(CapiRecordingTest, SilenceHasNoScoreAndIsNoFailure) {
  const RecordingScore recording = engine_.score_recording(silence(3), 1, 16000);
  EXPECT_EQ(recording.reason, "silence");
  EXPECT_EQ(recording.label, "");
  EXPECT_TRUE(recording.posterior.empty());
  EXPECT_TRUE(std::isnan(recording.coefficient));
  EXPECT_TRUE(recording.windows.empty());
  EXPECT_EQ(recording.flags, static_cast<uint32_t>(SERENE_RECORDING_SILENT));
  EXPECT_EQ(recording.silent_share, 1);
  EXPECT_EQ(recording.seconds, 3);
}

TEST_F(CapiRecordingTest, ALabelTakesConfidence) {
  const Samples samples = test::tone(12000, 1);
  const RecordingScore sure = engine_.score_recording(samples, 1, 16000);
  const double highest = *std::max_element(sure.posterior.begin(), sure.posterior.end());
  ASSERT_LT(highest, 0.999);
  EXPECT_EQ(engine_.score_recording(samples, 1, 16000, {.min_confidence = highest}).label, sure.label);
  const RecordingScore unsure =
      engine_.score_recording(samples, 1, 16000, {.min_confidence = highest + 1e-6});
  EXPECT_EQ(unsure.reason, "confidence");
  EXPECT_EQ(unsure.label, "");
  EXPECT_EQ(unsure.posterior, sure.posterior);
  EXPECT_EQ(unsure.coefficient, sure.coefficient);
  for (size_t i = 0; i < 2; ++i) {
    const Window& window = unsure.windows[i];
    const bool is_sure = *std::max_element(window.posterior.begin(), window.posterior.end()) >=
                         static_cast<float>(highest + 1e-6);
    EXPECT_EQ(window.reason, is_sure ? "" : "confidence");
    EXPECT_EQ(window.label, is_sure ? sure.windows[i].label : "");
  }
  for (const double refused : {-0.1, 1.1, std::nan("")}) {
    const serene_recording recording = recording_of(samples);
    serene_recording_options how = options();
    how.min_confidence = refused;
    serene_results* results = nullptr;
    EXPECT_EQ(refusal(serene_engine_score_recording(engine_.get(), &recording, &how, &results),
                      SERENE_INVALID_ARGUMENT),
              "serene_engine_score_recording: options.min_confidence is not in [0, 1]");
  }
}

TEST_F(CapiRecordingTest, ALeastLevelNeedsALevel) {
  const Samples samples = test::tone(12000, 1);
  const serene_recording recording = recording_of(samples);
  serene_recording_options how = options();
  how.min_level = 0.5;
  serene_results* results = nullptr;
  const std::string message =
      refusal(serene_engine_score_recording(engine_.get(), &recording, &how, &results), SERENE_UNSUPPORTED);
  EXPECT_NE(message.find("options.min_level: the model has no output level"), std::string::npos) << message;
}

// Whisper's encoder for clips of a second, with a head for the label and one for speech.
models::ModelConfig speech_config(double threshold) {
  auto encoder = std::make_shared<networks::WhisperEncoderConfig>();
  encoder->channels = 16;
  encoder->heads = 2;
  encoder->inner = 16;
  encoder->positions = 50;
  encoder->kept = encoder->published = 1;
  auto head = std::make_shared<networks::BigruPoolConfig>();
  head->channels = 16;
  head->units = 4;
  head->attention = 4;
  head->hidden = 4;
  head->classes = 3;
  auto quality = std::make_shared<networks::SnrHeadConfig>();
  quality->channels = 16;
  quality->read_state = 0;
  quality->frame_pool = 4;
  quality->frame = quality->hidden = 8;
  quality->speech_threshold = threshold;
  models::ModelConfig config;
  config.model = "encoder_heads";
  config.parts = {{"encoder", encoder}, {"head", head}, {"quality", quality}};
  config.outputs = {networks::classes_output("emotion", 3)};
  config.outputs[0].labels = {"angry", "happy", "sad"};
  return config;
}

TEST(CapiSpeech, WindowsWithoutSpeechLeaveTheMean) {
  // Two stretches, of which the threshold is set between.
  const Samples first = test::tone(16000, 1), second = test::tone(9000, 9);
  const Samples samples = first + silence(1) + second;
  const Model plain(test::model_bytes(speech_config(0), 3), "plain");
  const serene_clip clips[] = {{first.data(), first.size()}, {second.data(), second.size()}};
  Engine all(plain, SERENE_DEVICE_CPU, 1);
  const Results alone = all.run(clips);
  const float a = alone.values(0, "speech")[0], b = alone.values(1, "speech")[0];
  ASSERT_GT(std::abs(a - b), 1e-4f);
  const size_t kept = a > b ? 0 : 1;
  EXPECT_EQ(serene_model_output_threshold(plain.get(), 3), 0);
  ASSERT_EQ(all.score_recording(samples, 1, 16000).windows.size(), 2u);

  const double between = (static_cast<double>(a) + b) / 2;
  const Model model(test::model_bytes(speech_config(between), 3), "speech");
  EXPECT_EQ(model.outputs(), (std::vector<std::string>{"emotion", "embedding", "snr_db", "speech"}));
  EXPECT_EQ(model.output_specs()[3].threshold, between);
  EXPECT_EQ(serene_model_output_threshold(model.get(), 2), 0);
  EXPECT_EQ(serene_model_output_threshold(model.get(), 4), 0);
  EXPECT_EQ(serene_model_output_threshold(nullptr, 0), 0);
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const RecordingScore score = engine.score_recording(samples, 1, 16000);
  EXPECT_EQ(score.reason, "");
  EXPECT_EQ(score.posterior, score.windows[kept].posterior);
  EXPECT_EQ(score.label, score.windows[kept].label);
  EXPECT_EQ(score.windows[kept].reason, "");
  EXPECT_EQ(score.windows[1 - kept].reason, "no_speech");
  EXPECT_EQ(score.windows[1 - kept].label, "");
  EXPECT_NE(score.windows[1 - kept].posterior, score.posterior);

  const RecordingScore none = engine.score_recording(kept == 0 ? second : first, 1, 16000);
  EXPECT_EQ(none.reason, "no_speech");
  EXPECT_EQ(none.label, "");
  EXPECT_EQ(none.posterior, score.windows[1 - kept].posterior);
  // Clips are what they are.
  EXPECT_NE(engine.run(clips).label(1 - kept, "emotion"), "");
}

TEST_F(CapiRecordingTest, PausesLeaveTheMean) {
  const Samples samples = test::tone(8000, 1) + silence(2) + test::tone(4000, 2);
  const RecordingScore recording = engine_.score_recording(samples, 1, 16000);
  ASSERT_NO_FATAL_FAILURE(expect_windows(engine_, samples, recording, {{0, kClip}, {40000, 4000}}));
  EXPECT_EQ(recording.windows[1].flags, SERENE_CLIP_SHORT);
  EXPECT_EQ(recording.flags, 0u);
  EXPECT_DOUBLE_EQ(recording.silent_share, 32000.0 / 44000);
}

TEST_F(CapiRecordingTest, ClippingIsThatOfTheCoding) {
  Samples samples = test::tone(10000, 1);
  samples[100] = samples[101] = 1;
  samples[200] = samples[201] = samples[202] = -127.0f / 128;
  EXPECT_EQ(engine_.score_recording(samples, 1, 16000).clipped_share, 2e-4);
  const RecordingScore recording = engine_.score_recording(samples, 1, 16000, {.full_scale = 127.0f / 128});
  EXPECT_EQ(recording.clipped_share, 5e-4);
  EXPECT_EQ(recording.flags, SERENE_RECORDING_CLIPPING);
  // Of the channel that is taken.
  Samples stereo;
  for (const float sample : samples) stereo = stereo + Samples{sample, 0.1f};
  EXPECT_EQ(engine_.score_recording(stereo, 2, 16000, {.channel = 0}).clipped_share, 2e-4);
  EXPECT_EQ(engine_.score_recording(stereo, 2, 16000, {.channel = 1}).clipped_share, 0);
  EXPECT_EQ(engine_.score_recording(stereo, 2, 16000).clipped_share, 1e-4);
  EXPECT_EQ(engine_.score_recording(stereo, 2, 16000).flags, 0u);
}

TEST_F(CapiRecordingTest, SoundIsBroughtToALevel) {
  // Half a second at -40 dB of full scale (RMS), a pause, half a second.
  Samples sine(8000);
  for (size_t i = 0; i < sine.size(); ++i) {
    sine[i] = static_cast<float>(0.01 * std::sqrt(2) *
                                 std::sin(2 * 3.14159265358979 * static_cast<double>(i) / 32));
  }
  const Samples samples = sine + silence(1) + sine;
  EXPECT_EQ(engine_.score_recording(samples, 1, 16000).flags, SERENE_RECORDING_QUIET);
  const RecordingScore recording = engine_.score_recording(samples, 1, 16000, {.level = -20});
  EXPECT_EQ(recording.flags, 0u);
  EXPECT_EQ(recording.windows.size(), 2u);
  EXPECT_EQ(recording.silent_share, 0.5);
  Samples louder = sine;
  for (float& sample : louder) sample *= 10;
  const Score wanted = clip_score(engine_, louder, 0, kClip), plain = clip_score(engine_, sine, 0, kClip);
  for (const Window& window : recording.windows) {
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(window.posterior[k], wanted.posterior[k], 1e-5);
  }
  EXPECT_NE(plain.posterior, wanted.posterior);
  EXPECT_EQ(engine_.score_recording(sine, 1, 16000, {.level = -36}).flags, SERENE_RECORDING_QUIET);
  EXPECT_EQ(engine_.score_recording(silence(1), 1, 16000, {.level = -20}).reason, "silence");
}

TEST_F(CapiRecordingTest, AnyRateIsBroughtToTheModels) {
  for (const int rate : {1000, 8000, 44100, 48000, 768000}) {
    const auto frames = static_cast<size_t>(2 * rate);
    Samples samples(frames);
    for (size_t i = 0; i < frames; ++i) {
      samples[i] =
          static_cast<float>(0.2 * std::sin(2 * 3.14159265358979 * 220 * static_cast<double>(i) / rate));
    }
    if (!runtime::can_resample()) {
      try {
        engine_.score_recording(samples, 1, static_cast<uint32_t>(rate));
        FAIL() << rate;
      } catch (const Failure& failure) {
        EXPECT_EQ(failure.status(), SERENE_UNSUPPORTED);
        EXPECT_EQ(failure.what(), std::to_string(rate) +
                                      " Hz: this build takes 16000 Hz alone, as it has no "
                                      "resampler (SERENE_SOXR)");
      }
      continue;
    }
    const RecordingScore recording = engine_.score_recording(samples, 1, static_cast<uint32_t>(rate));
    EXPECT_EQ(recording.seconds, 2);
    ASSERT_EQ(recording.windows.size(), 4u);
    EXPECT_EQ(recording.windows[3].start, 1.5);
    // The tone itself at 16 kHz, where the recording's ends are far: nearly the same.
    Samples wanted(kClip);
    for (size_t i = 0; i < kClip; ++i) {
      wanted[i] = static_cast<float>(
          0.2 * std::sin(2 * 3.14159265358979 * 220 * static_cast<double>(i + kClip) / kRate));
    }
    const Score score = clip_score(engine_, wanted, 0, kClip);
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(recording.windows[1].posterior[k], score.posterior[k], 1e-3);
  }
}

TEST_F(CapiRecordingTest, ResultsOutliveEngineAndModel) {
  const Samples samples = test::tone(8000, 1);
  serene_results* results = nullptr;
  std::vector<float> wanted;
  {
    const Model model(test::model_bytes(), "short-lived");
    Engine engine(model, SERENE_DEVICE_CPU, 1);
    wanted = clip_score(engine, samples, 0, kClip).posterior;
    const serene_recording recording = recording_of(samples);
    ASSERT_EQ(serene_engine_score_recording(engine.get(), &recording, nullptr, &results), SERENE_OK)
        << serene_last_error();
  }
  const float* values = nullptr;
  size_t count = 0;
  ASSERT_EQ(serene_results_values(results, 0, "posterior", &values, &count), SERENE_OK);
  EXPECT_EQ(std::vector<float>(values, values + count), wanted);
  ASSERT_EQ(serene_results_values(results, SERENE_WHOLE_RECORDING, "coefficient", &values, &count),
            SERENE_OK);
  EXPECT_EQ(count, 1u);
  const char* text = "unset";
  EXPECT_EQ(serene_results_text(results, 0, "coefficient", &text), SERENE_OK);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(serene_results_count(results), 1u);

  // What is not there.
  EXPECT_EQ(refusal(serene_results_values(results, 1, "posterior", &values, &count), SERENE_INVALID_ARGUMENT),
            "serene_results_values: no window 1, there are 1");
  EXPECT_EQ(refusal(serene_results_values(results, 0, "arousal", &values, &count), SERENE_INVALID_ARGUMENT),
            "serene_results_values: no output arousal: there are emotion, coefficient, "
            "embedding, calibrated");
  EXPECT_EQ(refusal(serene_results_text(results, 0, nullptr, &text), SERENE_INVALID_ARGUMENT),
            "serene_results_text: results or output is null");
  EXPECT_EQ(refusal(serene_results_values(results, 0, "posterior", nullptr, &count), SERENE_INVALID_ARGUMENT),
            "serene_results_values: values or count is null");
  EXPECT_EQ(serene_results_flags(results, 1), 0u);
  EXPECT_EQ(serene_results_seconds(results, 1), 0);
  EXPECT_EQ(serene_results_start(results, SERENE_WHOLE_RECORDING), 0);
  EXPECT_EQ(serene_results_count(nullptr), 0u);
  EXPECT_EQ(serene_results_flags(nullptr, 0), 0u);
  EXPECT_STREQ(serene_results_reason(nullptr), "");
  serene_results_free(results);
  serene_results_free(nullptr);
}

TEST_F(CapiRecordingTest, WithoutABlendThereIsNoCoefficient) {
  test::ModelSpec config = test::small_config();
  config.se.reset();
  config.ser->blend = config.ser->bridge = false;
  const Model model(test::model_bytes(config), "no blend");
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = test::tone(9000, 1);
  const RecordingScore recording = engine.score_recording(samples, 1, 16000);
  ASSERT_EQ(recording.windows.size(), 2u);
  EXPECT_EQ(recording.posterior.size(), 3u);
  EXPECT_TRUE(std::isnan(recording.coefficient));
  EXPECT_TRUE(std::isnan(recording.windows[1].coefficient));
}

TEST_F(CapiRecordingTest, AModelOfAnyLengthTakesAStretchAsOne) {
  test::ModelSpec config = test::small_config();
  config.ser->fit = {models::FitRule::none, 0};
  const Model model(test::model_bytes(config), "any length");
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = test::tone(20000, 1) + silence(1.5) + test::tone(6000, 2);
  expect_windows(engine, samples, engine.score_recording(samples, 1, 16000), {{0, 20000}, {44000, 6000}});
  expect_windows(engine, samples, engine.score_recording(samples, 1, 16000, {.window = 1}),
                 {{0, 16000}, {4000, 16000}, {44000, 6000}});
  try {
    engine.score_recording(samples, 1, 16000, {.hop = 1});
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_INVALID_ARGUMENT);
    EXPECT_STREQ(
        failure.what(),
        "serene_engine_score_recording: options.hop_seconds needs window_seconds: the model scores any "
        "length as one");
  }
}

TEST_F(CapiRecordingTest, EveryMisuseIsAStatusAndALine) {
  const Samples samples = test::tone(9000, 1);
  const serene_recording good = recording_of(samples);
  serene_results* results = nullptr;
  const auto score = [&](const serene_recording& recording, const serene_recording_options& options) {
    return serene_engine_score_recording(engine_.get(), &recording, &options, &results);
  };
  struct Case {
    void (*change)(serene_recording&, serene_recording_options&);
    const char* text;  // after the function's name
  };
  const Case cases[] = {
      {[](auto& r, auto&) { r.sample_rate = 999; }, "recording.sample_rate is not in [1000, 768000]"},
      {[](auto& r, auto&) { r.sample_rate = 768001; }, "recording.sample_rate is not in [1000, 768000]"},
      {[](auto& r, auto&) { r.channels = 0; }, "recording.channels is not in [1, 64]"},
      {[](auto& r, auto&) { r.channels = 65; }, "recording.channels is not in [1, 64]"},
      {[](auto& r, auto&) { r.full_scale = -0.1f; }, "recording.full_scale is not in [0, 1]"},
      {[](auto& r, auto&) { r.full_scale = NAN; }, "recording.full_scale is not in [0, 1]"},
      {[](auto& r, auto&) { r.samples = nullptr; }, "recording.samples is null"},
      {[](auto& r, auto&) { r.frames = SIZE_MAX / 4 + 1; }, "recording.frames is more than memory has"},
      {[](auto&, auto& o) { o.channels = 2; }, "options.channels is unknown"},
      {[](auto&, auto& o) { o.channels = SERENE_CHANNELS_ONE, o.channel = 1; },
       "options.channel is not in the recording"},
      {[](auto&, auto& o) { o.window_seconds = 0.009; },
       "options.window_seconds is neither 0 nor in [0.01, 86400]"},
      {[](auto&, auto& o) { o.window_seconds = NAN; },
       "options.window_seconds is neither 0 nor in [0.01, 86400]"},
      {[](auto&, auto& o) { o.window_seconds = 0.501; },
       "options.window_seconds is longer than the model's clip"},
      {[](auto&, auto& o) { o.level = -60.1; }, "options.level is not in [-60, 0]"},
      {[](auto&, auto& o) { o.level = 0.1; }, "options.level is not in [-60, 0]"},
      {[](auto&, auto& o) { o.level = NAN; }, "options.level is not in [-60, 0]"},
      {[](auto&, auto& o) { o.hop_seconds = -1; }, "options.hop_seconds is neither 0 nor in [0.01, 86400]"},
      {[](auto&, auto& o) { o.hop_seconds = 0.6; },
       "options.hop_seconds is longer than the window: parts of the recording would be left out"},
      {[](auto&, auto& o) { o.window_seconds = 0.2, o.hop_seconds = 0.3; },
       "options.hop_seconds is longer than the window: parts of the recording would be left out"},
  };
  for (const Case& c : cases) {
    serene_recording recording = good;
    serene_recording_options how = options();
    c.change(recording, how);
    EXPECT_EQ(refusal(score(recording, how), SERENE_INVALID_ARGUMENT),
              std::string("serene_engine_score_recording: ") + c.text);
  }
  EXPECT_EQ(
      refusal(serene_engine_score_recording(nullptr, &good, nullptr, &results), SERENE_INVALID_ARGUMENT),
      "serene_engine_score_recording: engine, recording or results is null");
  serene_recording none = good;
  none.frames = 0;
  EXPECT_EQ(refusal(score(none, options()), SERENE_AUDIO_ERROR), "no samples");
  EXPECT_EQ(results, nullptr);
  EXPECT_THROW(engine_.score_recording(samples, 7, 16000), Failure);  // 9000 is no multiple of it
}

TEST_F(CapiRecordingTest, SamplesThatAreNoneAreNamed) {
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    Samples stereo = test::tone(80000, 1);
    stereo[2 * 33333 + 1] = bad;
    for (const auto channel : {std::optional<uint32_t>{}, std::optional<uint32_t>{0}}) {
      try {
        engine_.score_recording(stereo, 2, 16000, {.channel = channel});
        FAIL();
      } catch (const Failure& failure) {
        EXPECT_EQ(failure.status(), SERENE_AUDIO_ERROR);
        EXPECT_STREQ(failure.what(), "frame 33333, channel 1: the sample is not finite");
      }
    }
  }
  if (!runtime::can_resample()) return;
  const Samples large(8000, 3e38f);
  try {
    engine_.score_recording(large, 1, 44100);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_AUDIO_ERROR);
    EXPECT_STREQ(failure.what(), "samples too large to be resampled: scale them to [-1, 1]");
  }
}

TEST_F(CapiRecordingTest, StructsOfAnotherReleasesSize) {
  const Samples samples = test::tone(9000, 1);
  struct {
    serene_recording known;
    uint64_t later;
  } recording{recording_of(samples), 0};
  struct {
    serene_recording_options known;
    uint64_t later;
  } how{options(), 0};
  recording.known.struct_size = sizeof(recording);
  how.known.struct_size = sizeof(how);
  serene_results* results = nullptr;
  const auto score = [&] {
    return serene_engine_score_recording(engine_.get(), &recording.known, &how.known, &results);
  };
  ASSERT_EQ(score(), SERENE_OK) << serene_last_error();
  EXPECT_EQ(serene_results_count(results), 2u);
  serene_results_free(results);
  how.later = 1;
  EXPECT_EQ(refusal(score(), SERENE_UNSUPPORTED),
            "serene_engine_score_recording: options uses a member that this release of the library does not "
            "have");
  how.later = 0;
  recording.later = 1;
  EXPECT_EQ(
      refusal(score(), SERENE_UNSUPPORTED),
      "serene_engine_score_recording: recording uses a member that this release of the library does not "
      "have");
  recording.known.struct_size = sizeof(recording.known) - 8;
  EXPECT_EQ(refusal(score(), SERENE_INVALID_ARGUMENT),
            "serene_engine_score_recording: recording.struct_size is 24, expected the struct's sizeof, 32 in "
            "this release");
}

TEST_F(CapiRecordingTest, AnEnhancerAloneScoresNoRecordingNotEvenASilentOne) {
  test::ModelSpec config;
  config.se = test::small_se();
  const Model model(test::model_bytes(config), "enhancer");
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  try {
    engine.score_recording(silence(1), 1, 16000);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_UNSUPPORTED);
    EXPECT_STREQ(failure.what(), "enhancer: the model has no classifier, it can enhance only");
  }
}

// Sums overflow in a model whose weights are absurd: that must not become a posterior.
TEST_F(CapiRecordingTest, AScoreThatIsNoNumberIsAFailure) {
  const Model model(test::model_bytes(test::small_config(), 1e30f), "absurd");
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = silence(2) + test::tone(9000, 1);
  try {
    engine.score_recording(samples, 1, 16000);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_AUDIO_ERROR);
    EXPECT_STREQ(failure.what(), "the model gives no finite score for the window that begins at 2.000000 s");
  }
}

// The caller's rounding reaches neither the resampler nor the mean.
TEST_F(CapiRecordingTest, BitsDoNotDependOnTheCallersRounding) {
  const uint32_t rate = runtime::can_resample() ? 44100 : 16000;
  const Samples samples = test::tone(50000, 1);
  const RecordingScore wanted = engine_.score_recording(samples, 1, rate);
  for (const int rounding : {FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD}) {
    ASSERT_EQ(std::fesetround(rounding), 0);
    const RecordingScore got = engine_.score_recording(samples, 1, rate);
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(got.posterior, wanted.posterior) << rounding;
    EXPECT_EQ(got.coefficient, wanted.coefficient) << rounding;
  }
}

TEST_F(CapiRecordingTest, ThreadsShareAnEngine) {
  const uint32_t rate = runtime::can_resample() ? 22050 : 16000;
  std::vector<Samples> recordings;
  std::vector<RecordingScore> wanted, got(4);
  for (uint32_t i = 0; i < 4; ++i) {
    recordings.push_back(test::tone(60000, i + 1));
    wanted.push_back(engine_.score_recording(recordings[i], 2, rate));
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { got[i] = engine_.score_recording(recordings[i], 2, rate); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(got[i].posterior, wanted[i].posterior);
    EXPECT_EQ(got[i].coefficient, wanted[i].coefficient);
    EXPECT_EQ(got[i].windows.size(), wanted[i].windows.size());
  }
}

}  // namespace
}  // namespace serene
