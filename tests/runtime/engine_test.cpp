#include "runtime/src/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/common/error.h"
#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

using Clip = std::span<const float>;

test::ModelSpec both(networks::TrnetEncoder encoder) {
  test::ModelSpec config;
  config.se = test::small_se();
  config.ser = test::small_ser(encoder);
  return config;
}

EngineOptions threads(int count) {
  EngineOptions options;
  options.threads = count;
  return options;
}

std::vector<std::vector<float>> clips() {
  std::vector<std::vector<float>> all;
  for (int64_t n : {1, 399, 400, 4000, 8000, 8001, 12345, 3333}) {
    all.push_back(test::tone(n, static_cast<uint32_t>(all.size() + 1)));
  }
  return all;
}

void expect_same_bits(const ClipScore& a, const ClipScore& b) {
  EXPECT_EQ(0, std::memcmp(a.log_posterior.data(), b.log_posterior.data(), a.log_posterior.size() * 4));
  EXPECT_EQ(0, std::memcmp(a.embedding.data(), b.embedding.data(), a.embedding.size() * 4));
  EXPECT_EQ(0, std::memcmp(a.calibrated.data(), b.calibrated.data(), a.calibrated.size() * 4));
  EXPECT_EQ(0, std::memcmp(&a.coefficient, &b.coefficient, 4));
}

class EngineBits : public testing::TestWithParam<networks::TrnetEncoder> {};

TEST_P(EngineBits, DoNotDependOnBatchNeighboursOrThreads) {
  const auto model = test::random_model(both(GetParam()));
  const std::vector<std::vector<float>> all = clips();
  Engine one(model, threads(1));
  std::vector<ClipScore> alone;
  for (const std::vector<float>& clip : all) {
    const Clip span(clip);
    alone.push_back(score_clips(one, {&span, 1}).front());
  }
  for (int count : {1, 2, 3}) {
    Engine engine(model, threads(count));
    for (size_t batch : {1, 3, 8}) {
      for (size_t first = 0; first < all.size(); first += batch) {
        std::vector<Clip> spans;
        for (size_t i = first; i < std::min(first + batch, all.size()); ++i) spans.emplace_back(all[i]);
        const std::vector<ClipScore> scores = score_clips(engine, spans);
        for (size_t i = 0; i < spans.size(); ++i) {
          SCOPED_TRACE("threads " + std::to_string(count) + " batch " + std::to_string(batch) + " clip " +
                       std::to_string(first + i));
          expect_same_bits(scores[i], alone[first + i]);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Encoders, EngineBits,
                         testing::Values(networks::TrnetEncoder::cnn6, networks::TrnetEncoder::residual),
                         [](const auto& tested) {
                           return tested.param == networks::TrnetEncoder::cnn6 ? "cnn6" : "residual";
                         });

TEST(Engine, PosteriorsSumToOneAndDependOnTheClip) {
  Engine engine(test::random_model(both(networks::TrnetEncoder::residual)), threads(2));
  const std::vector<float> a = test::tone(8000, 1), b = test::tone(8000, 2);
  const std::vector<Clip> spans{a, b};
  const std::vector<ClipScore> scores = score_clips(engine, spans);
  for (const ClipScore& score : scores) {
    double sum = 0;
    for (float v : score.log_posterior) sum += std::exp(static_cast<double>(v));
    EXPECT_NEAR(sum, 1.0, 1e-6);
    EXPECT_GE(score.coefficient, 0.0f);
    EXPECT_LE(score.coefficient, 1.0f);
  }
  EXPECT_NE(scores[0].log_posterior, scores[1].log_posterior);
}

TEST(Engine, FlagsShortAndSilentClips) {
  Engine engine(test::random_model(both(networks::TrnetEncoder::cnn6)), threads(1));
  const std::vector<float> silent(100, 0.0f), full = test::tone(8000, 3);
  const std::vector<Clip> spans{silent, full};
  const std::vector<ClipScore> scores = score_clips(engine, spans);
  EXPECT_TRUE(scores[0].short_clip);
  EXPECT_TRUE(scores[0].silent);
  EXPECT_FALSE(scores[1].short_clip);
  EXPECT_FALSE(scores[1].silent);
  for (float v : scores[0].log_posterior) EXPECT_TRUE(std::isfinite(v));
}

TEST(Engine, VariantsWithoutBlendOrBridge) {
  test::ModelSpec baseline;
  baseline.ser = test::small_ser(networks::TrnetEncoder::cnn6);
  baseline.ser->blend = baseline.ser->bridge = false;
  const std::vector<float> clip = test::tone(9000, 4);
  const Clip span(clip);
  const ClipScore plain =
      test::score_clips(Engine(test::random_model(baseline), threads(1)), {&span, 1}).front();
  EXPECT_TRUE(std::isnan(plain.coefficient));
  EXPECT_EQ(plain.embedding, plain.calibrated);

  test::ModelSpec no_bridge = both(networks::TrnetEncoder::residual);
  no_bridge.ser->bridge = false;
  const ClipScore unbridged =
      test::score_clips(Engine(test::random_model(no_bridge), threads(1)), {&span, 1}).front();
  EXPECT_FALSE(std::isnan(unbridged.coefficient));
  EXPECT_EQ(unbridged.embedding, unbridged.calibrated);

  const ClipScore bridged =
      test::score_clips(Engine(test::random_model(both(networks::TrnetEncoder::residual)), threads(1)),
                        {&span, 1})
          .front();
  EXPECT_NE(bridged.embedding, bridged.calibrated);
}

std::string failure(auto&& body, ErrorKind kind) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "no error";
}

TEST(EngineErrors, NameTheClipAndTheSample) {
  Engine engine(test::random_model(both(networks::TrnetEncoder::cnn6)), threads(1));
  std::vector<float> good = test::tone(100, 1), bad = good, none;
  bad[17] = std::numeric_limits<float>::quiet_NaN();
  std::vector<Clip> spans{good, bad};
  EXPECT_EQ(failure([&] { score_clips(engine, spans); }, ErrorKind::audio),
            "clip 1: sample 17 is not finite");
  spans = {none};
  EXPECT_EQ(failure([&] { score_clips(engine, spans); }, ErrorKind::audio), "clip 0: no samples");
  EXPECT_EQ(failure([&] { engine.enhance(none, {}); }, ErrorKind::audio), "clip 0: no samples");
}

TEST(EngineErrors, SayWhatTheModelLacks) {
  test::ModelSpec se_only, ser_only;
  se_only.se = test::small_se();
  ser_only.ser = test::small_ser(networks::TrnetEncoder::cnn6);
  const std::vector<float> clip = test::tone(100, 1);
  const Clip span(clip);
  std::vector<float> out(100);
  EXPECT_EQ(failure(
                [&] {
                  test::score_clips(Engine(test::random_model(se_only), threads(1)), {&span, 1});
                },
                ErrorKind::unsupported),
            "random: the model has no classifier, it can enhance only");
  EXPECT_EQ(failure(
                [&] {
                  test::score_clips(Engine(test::random_model(ser_only), threads(1)), {&span, 1});
                },
                ErrorKind::unsupported),
            "random: the classifier needs enhanced speech, and the model has no enhancer");
  EXPECT_EQ(failure([&] { Engine(test::random_model(ser_only), threads(1)).enhance(clip, out); },
                    ErrorKind::unsupported),
            "random: the model has no enhancer; trnet, which comes with serene, has one");
}

TEST(EngineErrors, TooShortForTheEncoderWithoutAFit) {
  test::ModelSpec config = both(networks::TrnetEncoder::cnn6);
  config.ser->fit = {};
  Engine engine(test::random_model(config), threads(1));
  const std::vector<float> short_clip = test::tone(2799, 1), long_enough = test::tone(2800, 1);
  Clip span(short_clip);
  EXPECT_EQ(failure(
                [&] {
                  score_clips(engine, {&span, 1});
                },
                ErrorKind::audio),
            "clip 0: 2799 samples, the model needs at least 2800");
  span = long_enough;
  EXPECT_EQ(score_clips(engine, {&span, 1}).size(), 1u);
}

TEST(Enhance, KeepsLengthAndSilence) {
  test::ModelSpec config;
  config.se = test::small_se();
  Engine engine(test::random_model(config), threads(2));
  for (int64_t n : {1, 2, 99, 100, 101, 200, 201, 1601}) {
    const std::vector<float> clip = test::tone(n, 5);
    std::vector<float> out(n, std::numeric_limits<float>::quiet_NaN());
    engine.enhance(clip, out);
    for (float v : out) ASSERT_TRUE(std::isfinite(v)) << n << " samples";
  }
}

TEST(Enhance, LevelOfTheInputIsLevelOfTheOutput) {
  test::ModelSpec config;
  config.se = test::small_se();
  Engine engine(test::random_model(config), threads(2));
  const std::vector<float> clip = test::tone(5000, 6);
  std::vector<float> quiet = clip, out(clip.size()), quiet_out(clip.size());
  for (float& v : quiet) v *= 0.125f;
  engine.enhance(clip, out);
  engine.enhance(quiet, quiet_out);
  for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(quiet_out[i], 0.125f * out[i], 1e-5);
}

// A long clip goes through windows: away from the seams, a window's middle is what the window alone gives,
// and across a seam the result is the cross-fade of both.
TEST(Enhance, LongClipsAreCrossFadedWindows) {
  test::ModelSpec config;
  config.se = test::small_se();
  Engine engine(test::random_model(config), threads(2));
  const int64_t n = 20 * 16000;
  const std::vector<float> clip = test::tone(n, 7);
  std::vector<float> out(n, std::numeric_limits<float>::quiet_NaN());
  engine.enhance(clip, out);
  // In place, where the second window reads what the first has written over.
  std::vector<float> in_place = clip;
  engine.enhance(in_place, in_place);
  EXPECT_EQ(in_place, out);

  const int64_t overlap = 16000, hop = (n - overlap + 1) / 2;
  std::vector<float> first(hop + overlap), second(n - hop);
  engine.enhance(Clip(clip).first(first.size()), first);
  engine.enhance(Clip(clip).subspan(hop), second);
  for (int64_t i = 0; i < hop; i += 7) ASSERT_EQ(out[i], first[i]) << i;
  for (int64_t i = 0; i < overlap; i += 7) {
    const float in = (static_cast<float>(i) + 0.5f) / static_cast<float>(overlap);
    ASSERT_NEAR(out[hop + i], (1 - in) * first[hop + i] + in * second[i], 1e-6) << i;
  }
  for (int64_t i = hop + overlap; i < n; i += 7) ASSERT_EQ(out[i], second[i - hop]) << i;
}

}  // namespace
}  // namespace serene::runtime
