#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "serene/serene.hpp"
#include "tests/support/model_bytes.h"
#include "tests/support/temp_folder.h"
#include "weights/safetensors.h"
#include "weights/sha256.h"

namespace serene {
namespace {

using test::model_bytes;

class CapiTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::vector<std::byte> bytes = model_bytes();
    ASSERT_EQ(serene_model_parse(bytes.data(), bytes.size(), "small", &model_), SERENE_OK)
        << serene_last_error();
    serene_engine_options options;
    serene_engine_options_init(&options);
    options.threads = 2;
    ASSERT_EQ(serene_engine_create(model_, &options, &engine_), SERENE_OK) << serene_last_error();
  }
  void TearDown() override {
    serene_engine_destroy(engine_);
    serene_model_close(model_);
  }
  serene_model* model_ = nullptr;
  serene_engine* engine_ = nullptr;
};

TEST_F(CapiTest, DescribesTheModel) {
  EXPECT_EQ(serene_abi_version(), static_cast<uint32_t>(SERENE_ABI_VERSION));
  EXPECT_EQ(serene_model_can_enhance(model_), 1);
  EXPECT_EQ(serene_model_can_score(model_), 1);
  ASSERT_EQ(serene_model_label_count(model_), 3u);
  EXPECT_STREQ(serene_model_label(model_, 2), "sad");
  EXPECT_EQ(serene_model_label(model_, 3), nullptr);
  EXPECT_EQ(serene_model_embedding_size(model_), 16u);
  EXPECT_EQ(serene_model_clip_samples(model_), 8000u);
  EXPECT_EQ(serene_model_window_samples(model_), 8000u);
  EXPECT_EQ(serene_model_window_samples(nullptr), 0u);
}

TEST_F(CapiTest, NamesItsOutputs) {
  ASSERT_EQ(serene_model_output_count(model_), 4u);
  const char* names[] = {"emotion", "coefficient", "embedding", "calibrated"};
  const serene_output_kind kinds[] = {SERENE_OUTPUT_CLASSES, SERENE_OUTPUT_SCALAR, SERENE_OUTPUT_VECTOR,
                                      SERENE_OUTPUT_VECTOR};
  const size_t sizes[] = {3, 1, 16, 16};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_STREQ(serene_model_output_name(model_, i), names[i]);
    EXPECT_EQ(serene_model_output_kind(model_, i), kinds[i]);
    EXPECT_EQ(serene_model_output_size(model_, i), sizes[i]);
  }
  EXPECT_STREQ(serene_model_output_label(model_, 0, 1), "happy");
  EXPECT_EQ(serene_model_output_label(model_, 0, 3), nullptr);
  EXPECT_EQ(serene_model_output_label(model_, 1, 0), nullptr);
  EXPECT_EQ(serene_model_output_name(model_, 4), nullptr);
  EXPECT_EQ(serene_model_output_size(model_, 4), 0u);
  EXPECT_EQ(serene_model_output_count(nullptr), 0u);
  EXPECT_EQ(serene_model_sample_rate(model_), 16000u);
  EXPECT_EQ(serene_model_sample_rate(nullptr), 0u);
}

// To the byte: programs keep it and compare.
TEST(Capi, TheDescriptionIsCanonicalJson) {
  test::ModelSpec config = test::small_config();
  std::vector<std::byte> bytes = model_bytes(config);
  EXPECT_EQ(
      Model(bytes, "small").description(),
      R"({"config":{"clip":{"rule":"tile","seconds":0.5},"model":"trnet","outputs":[{"kind":"classes",)"
      R"("labels":["angry","happy","sad"],"name":"emotion"}],"parts":{"se":{"channels":8,"network":"cmgan",)"
      R"("tscbs":1},"ser":{"blend":true,"bridge":true,"classes":3,"embedding":16,"encoder":"residual",)"
      R"("hidden":8,"network":"trnet","widths":[4,8,8,16]}},"sample_rate":16000,"version":2},"file_bytes":)" +
          std::to_string(bytes.size()) + R"(,"parameters":{"se":22261,"ser":16716},"sha256":")" +
          weights::sha256_hex(bytes) + R"("})");
  config.version = 1;
  bytes = model_bytes(config);
  EXPECT_EQ(Model(bytes, "small").description(),
            R"({"config":{"se":{"channels":8,"kind":"cmgan","tscbs":1},"ser":{"blend":true,"bridge":true,)"
            R"("embedding":16,"fit":{"rule":"tile","seconds":0.5},"hidden":8,"kind":"residual",)"
            R"("labels":["angry","happy","sad"],"widths":[4,8,8,16]},"version":1},"file_bytes":)" +
                std::to_string(bytes.size()) + R"(,"parameters":{"se":22261,"ser":16716},"sha256":")" +
                weights::sha256_hex(bytes) + R"("})");
}

TEST_F(CapiTest, ScoresAndOutlivesItsModel) {
  const std::vector<float> a = test::tone(8000, 1), b = test::tone(100, 2);
  const serene_clip clips[] = {{a.data(), a.size()}, {b.data(), b.size()}};
  std::vector<float> posterior(6), log_posterior(6), coefficient(2), embedding(32), calibrated(32);
  std::vector<uint32_t> flags(2, 99);
  serene_score_outputs outputs{};
  outputs.struct_size = sizeof(outputs);
  outputs.posterior = posterior.data();
  outputs.log_posterior = log_posterior.data();
  outputs.coefficient = coefficient.data();
  outputs.embedding = embedding.data();
  outputs.calibrated = calibrated.data();
  outputs.flags = flags.data();
  serene_model_close(model_);
  model_ = nullptr;
  ASSERT_EQ(serene_engine_score(engine_, clips, 2, &outputs), SERENE_OK) << serene_last_error();
  for (int i = 0; i < 2; ++i) {
    float sum = 0;
    for (int k = 0; k < 3; ++k) {
      sum += posterior[3 * i + k];
      EXPECT_FLOAT_EQ(posterior[3 * i + k], std::exp(log_posterior[3 * i + k]));
    }
    EXPECT_NEAR(sum, 1.0f, 1e-6f);
  }
  EXPECT_EQ(flags[0], 0u);
  EXPECT_EQ(flags[1], SERENE_CLIP_SHORT);
  EXPECT_GT(serene_engine_workspace_bytes(engine_), 0u);

  serene_score_outputs nothing{};
  nothing.struct_size = sizeof(nothing);
  EXPECT_EQ(serene_engine_score(engine_, clips, 2, &nothing), SERENE_OK);
}

TEST_F(CapiTest, EveryMisuseIsAStatusAndALine) {
  serene_model* model = nullptr;
  serene_engine* engine = nullptr;
  EXPECT_EQ(serene_model_open(nullptr, &model), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(), "serene_model_open: path or model is null");
  EXPECT_EQ(serene_model_open("/no/such/model.safetensors", &model), SERENE_MODEL_ERROR);
  EXPECT_NE(std::string(serene_last_error()).find("/no/such/model.safetensors: "), std::string::npos);
  EXPECT_EQ(serene_model_parse("xx", 2, "bad", &model), SERENE_MODEL_ERROR);
  EXPECT_EQ(model, nullptr);

  EXPECT_EQ(serene_engine_create(nullptr, nullptr, &engine), SERENE_INVALID_ARGUMENT);
  serene_engine_options options;
  serene_engine_options_init(&options);
  options.struct_size = 3;
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_INVALID_ARGUMENT);
  serene_engine_options_init(&options);
  options.device = SERENE_DEVICE_CUDA;
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_DEVICE_ERROR);
  EXPECT_STREQ(serene_last_error(), "device cuda: this program was built without it");
  options.device = static_cast<serene_device>(3);
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(), "serene_engine_create: options.device is unknown");
  serene_engine_options_init(&options);
  options.device = SERENE_DEVICE_CPU;
  options.precision = SERENE_PRECISION_TF32;
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_UNSUPPORTED);
  EXPECT_STREQ(serene_last_error(), "precision tf32: the CPU computes in fp32 and bf16");
  options.precision = 3;
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_INVALID_ARGUMENT);
  serene_engine_options_init(&options);
  options.device = 77;
  EXPECT_EQ(serene_engine_create(model_, &options, &engine), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(engine, nullptr);

  const float nan = std::nanf("");
  const serene_clip bad[] = {{&nan, 1}}, null_clip[] = {{nullptr, 5}}, empty[] = {{nullptr, 0}};
  serene_score_outputs outputs{};
  EXPECT_EQ(serene_engine_score(engine_, bad, 1, &outputs), SERENE_INVALID_ARGUMENT);  // struct_size 0
  outputs.struct_size = sizeof(outputs);
  EXPECT_EQ(serene_engine_score(engine_, bad, 1, &outputs), SERENE_AUDIO_ERROR);
  EXPECT_STREQ(serene_last_error(), "clip 0: sample 0 is not finite");
  EXPECT_EQ(serene_engine_score(engine_, null_clip, 1, &outputs), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(serene_engine_score(engine_, empty, 1, &outputs), SERENE_AUDIO_ERROR);
  EXPECT_EQ(serene_engine_score(engine_, nullptr, 0, &outputs), SERENE_OK);

  serene_model_close(nullptr);
  serene_engine_destroy(nullptr);
}

TEST_F(CapiTest, AClipThatIsCutIsFlagged) {
  const size_t whole = serene_model_clip_samples(model_);
  const std::vector<float> samples = test::tone(3 * whole, 1);
  const serene_clip clips[] = {{samples.data(), whole - 1},
                               {samples.data(), whole},
                               {samples.data(), whole + 1},
                               {samples.data(), 3 * whole}};
  std::vector<uint32_t> flags(4, 99);
  std::vector<float> posterior(12);
  serene_score_outputs outputs{};
  outputs.struct_size = sizeof(outputs);
  outputs.flags = flags.data();
  outputs.posterior = posterior.data();
  ASSERT_EQ(serene_engine_score(engine_, clips, 4, &outputs), SERENE_OK) << serene_last_error();
  EXPECT_EQ(flags, (std::vector<uint32_t>{SERENE_CLIP_SHORT, 0, SERENE_CLIP_CUT, SERENE_CLIP_CUT}));
  for (size_t k = 0; k < 3; ++k) EXPECT_EQ(posterior[9 + k], posterior[3 + k]);

  const std::vector<float> silence(whole + 1);
  const serene_clip silent{silence.data(), silence.size()};
  ASSERT_EQ(serene_engine_score(engine_, &silent, 1, &outputs), SERENE_OK) << serene_last_error();
  EXPECT_EQ(flags[0], SERENE_CLIP_SILENT | SERENE_CLIP_CUT);
}

TEST(Capi, AModelOfAnyLengthCutsNothing) {
  test::ModelSpec config;
  config.se = test::small_se();
  config.ser = test::small_ser(networks::TrnetEncoder::residual);
  config.ser->fit = {models::FitRule::none, 0};
  const Model model(model_bytes(config), "any length");
  ASSERT_EQ(model.clip_samples(), 0u);
  ASSERT_EQ(model.window_samples(), 0u);
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const std::vector<float> samples = test::tone(20000, 1);
  const serene_clip clip{samples.data(), samples.size()};
  EXPECT_EQ(engine.score({&clip, 1}).at(0).flags, 0u);
}

// What a program passes that was compiled with a header of another release.
template <class Struct>
struct Longer {
  Struct known;
  uint32_t later[4];
};

TEST_F(CapiTest, OptionsOfAnotherReleasesSize) {
  Longer<serene_engine_options> options;
  std::memset(&options, 0xab, sizeof(options));
  serene_engine_options_init(&options.known);
  EXPECT_EQ(options.known.struct_size, 20u);  // of the first release, which has room for no more
  EXPECT_EQ(options.later[0], 0xababababu);
  options.known.threads = 1;
  serene_engine* engine = nullptr;
  ASSERT_EQ(serene_engine_create(model_, &options.known, &engine), SERENE_OK) << serene_last_error();
  EXPECT_TRUE(std::string(serene_engine_device(engine)).ends_with(", 1 thread"))
      << serene_engine_device(engine);
  serene_engine_destroy(engine);
  engine = nullptr;

  options.known.struct_size = 16;  // truncated: no release has it
  EXPECT_EQ(serene_engine_create(model_, &options.known, &engine), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(),
               "serene_engine_create: options.struct_size is 16, expected the struct's sizeof, 20 in this "
               "release");

  options.known.struct_size = sizeof(options);
  std::fill(std::begin(options.later), std::end(options.later), 0u);
  ASSERT_EQ(serene_engine_create(model_, &options.known, &engine), SERENE_OK) << serene_last_error();
  serene_engine_destroy(engine);
  engine = nullptr;
  options.later[3] = 1;
  EXPECT_EQ(serene_engine_create(model_, &options.known, &engine), SERENE_UNSUPPORTED);
  EXPECT_STREQ(serene_last_error(),
               "serene_engine_create: options uses a member that this release of the library does not have");
  EXPECT_EQ(engine, nullptr);
}

TEST_F(CapiTest, OutputsOfAnotherReleasesSize) {
  const std::vector<float> samples = test::tone(8000, 1);
  const serene_clip clip{samples.data(), samples.size()};
  std::vector<float> wanted(3), posterior(3);
  serene_score_outputs known{};
  known.struct_size = sizeof(known);
  known.posterior = wanted.data();
  ASSERT_EQ(serene_engine_score(engine_, &clip, 1, &known), SERENE_OK) << serene_last_error();

  Longer<serene_score_outputs> outputs{};
  outputs.known.struct_size = sizeof(outputs);
  outputs.known.posterior = posterior.data();
  ASSERT_EQ(serene_engine_score(engine_, &clip, 1, &outputs.known), SERENE_OK) << serene_last_error();
  EXPECT_EQ(posterior, wanted);

  outputs.known.struct_size = sizeof(known) - sizeof(void*);
  EXPECT_EQ(serene_engine_score(engine_, &clip, 1, &outputs.known), SERENE_INVALID_ARGUMENT);
  outputs.known.struct_size = sizeof(outputs);
  outputs.later[0] = 1;  // where a later release has a pointer, nothing would be written
  EXPECT_EQ(serene_engine_score(engine_, &clip, 1, &outputs.known), SERENE_UNSUPPORTED);
  EXPECT_STREQ(serene_last_error(),
               "serene_engine_score: outputs uses a member that this release of the library does not have");
}

TEST_F(CapiTest, EnhancesABatchAsOneByOne) {
  const std::vector<float> a = test::tone(8000, 1), b = test::tone(1234, 2);
  const serene_clip clips[] = {{a.data(), a.size()}, {b.data(), b.size()}};
  std::vector<float> enhanced_a(a.size()), enhanced_b(b.size()), alone(b.size());
  float* const both[] = {enhanced_a.data(), enhanced_b.data()};
  float* const one[] = {alone.data()};
  ASSERT_EQ(serene_engine_enhance(engine_, clips, 2, both), SERENE_OK) << serene_last_error();
  ASSERT_EQ(serene_engine_enhance(engine_, clips + 1, 1, one), SERENE_OK) << serene_last_error();
  EXPECT_EQ(enhanced_b, alone);
  EXPECT_NE(enhanced_b, b);
  for (const float x : enhanced_a) ASSERT_TRUE(std::isfinite(x));

  float* const null[] = {nullptr};
  EXPECT_EQ(serene_engine_enhance(engine_, clips, 1, null), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(serene_engine_enhance(engine_, clips, 1, nullptr), SERENE_INVALID_ARGUMENT);
  const float infinity = HUGE_VALF;
  const serene_clip bad[] = {{&infinity, 1}};
  EXPECT_EQ(serene_engine_enhance(engine_, bad, 1, one), SERENE_AUDIO_ERROR);
  EXPECT_EQ(serene_engine_enhance(engine_, nullptr, 0, nullptr), SERENE_OK);
}

// An audio effect has one buffer, and may have its clips side by side in it.
TEST_F(CapiTest, EnhancesInPlace) {
  constexpr size_t kLong = 4000, kShort = 1600;
  std::vector<float> samples = test::tone(kLong + 3 * kShort, 1);
  const auto clips_in = [&](const std::vector<float>& from) {
    return std::vector<serene_clip>{{from.data(), kLong},
                                    {from.data() + kLong, kShort},
                                    {from.data() + kLong + kShort, kShort},
                                    {from.data() + kLong + 2 * kShort, kShort}};
  };
  std::vector<float> wanted(samples.size());
  float* const apart[] = {wanted.data(), wanted.data() + kLong, wanted.data() + kLong + kShort,
                          wanted.data() + kLong + 2 * kShort};
  ASSERT_EQ(serene_engine_enhance(engine_, clips_in(samples).data(), 4, apart), SERENE_OK)
      << serene_last_error();

  std::vector<float> once = samples;
  float* const in_place[] = {once.data(), once.data() + kLong, once.data() + kLong + kShort,
                             once.data() + kLong + 2 * kShort};
  ASSERT_EQ(serene_engine_enhance(engine_, clips_in(once).data(), 4, in_place), SERENE_OK);
  EXPECT_EQ(once, wanted);

  // Each short clip's result goes half over its neighbour's samples.
  std::vector<float> shifted = samples, first(kLong);
  float* const across[] = {first.data(), shifted.data() + kLong + kShort / 2,
                           shifted.data() + kLong + 3 * kShort / 2, shifted.data() + kLong};
  ASSERT_EQ(serene_engine_enhance(engine_, clips_in(shifted).data(), 3, across), SERENE_OK);
  EXPECT_EQ(first, std::vector<float>(wanted.begin(), wanted.begin() + kLong));
  EXPECT_TRUE(std::equal(wanted.begin() + kLong, wanted.begin() + kLong + 2 * kShort,
                         shifted.begin() + kLong + kShort / 2));
}

// A caller's rounding is neither used nor changed.
TEST_F(CapiTest, BitsDoNotDependOnTheCallersRounding) {
  const std::vector<float> samples = test::tone(8000, 1);
  const serene_clip clip{samples.data(), samples.size()};
  std::vector<float> wanted(samples.size()), enhanced(samples.size());
  float* out = wanted.data();
  ASSERT_EQ(serene_engine_enhance(engine_, &clip, 1, &out), SERENE_OK);
  for (const int rounding : {FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD}) {
    ASSERT_EQ(std::fesetround(rounding), 0);
    // With threads that take the rounding of whoever starts them.
    serene_engine_options options;
    serene_engine_options_init(&options);
    options.threads = 2;
    serene_engine* engine = nullptr;
    const serene_status created = serene_engine_create(model_, &options, &engine);
    out = enhanced.data();
    const serene_status status =
        created == SERENE_OK ? serene_engine_enhance(engine, &clip, 1, &out) : created;
    serene_engine_destroy(engine);
    const int after = std::fegetround();
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(status, SERENE_OK);
    EXPECT_EQ(after, rounding);
    EXPECT_EQ(enhanced, wanted) << rounding;
  }
}

TEST_F(CapiTest, ThreadsShareAnEngineAndKeepTheirErrors) {
  constexpr size_t kThreads = 4;
  std::vector<std::vector<float>> clips;
  std::vector<float> wanted(3 * kThreads), got(3 * kThreads);
  serene_score_outputs outputs{};
  outputs.struct_size = sizeof(outputs);
  for (size_t i = 0; i < kThreads; ++i) {
    clips.push_back(test::tone(8000, static_cast<int>(i)));
    const serene_clip clip{clips[i].data(), clips[i].size()};
    outputs.posterior = &wanted[3 * i];
    ASSERT_EQ(serene_engine_score(engine_, &clip, 1, &outputs), SERENE_OK) << serene_last_error();
  }
  ASSERT_EQ(serene_model_open(nullptr, nullptr), SERENE_INVALID_ARGUMENT);
  const std::string before = serene_last_error();
  std::vector<std::thread> threads;
  std::vector<std::string> errors(kThreads, "unset");
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      errors[i] = serene_last_error();  // the failure of another thread
      serene_score_outputs mine{};
      mine.struct_size = sizeof(mine);
      mine.posterior = &got[3 * i];
      const serene_clip clip{clips[i].data(), clips[i].size()}, empty{nullptr, 0};
      for (int round = 0; round < 3; ++round) {
        if (serene_engine_score(engine_, &clip, 1, &mine) != SERENE_OK) errors[i] += serene_last_error();
        if (serene_engine_score(engine_, &empty, 1, &mine) != SERENE_AUDIO_ERROR) errors[i] += "no error";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(errors, std::vector<std::string>(kThreads));
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(serene_last_error(), before);
}

TEST(Capi, AnErrorIsOneLineWhateverTheName) {
  serene_model* model = nullptr;
  EXPECT_EQ(serene_model_parse("x", 1, "a\nb\x1b", &model), SERENE_MODEL_ERROR);
  EXPECT_EQ(std::string(serene_last_error()).rfind("a\\nb\\x1b: ", 0), 0u) << serene_last_error();
  EXPECT_THROW(Model(std::string("a\0b", 3)), Failure);
  EXPECT_EQ(serene_model_open("a\nb", &model), SERENE_MODEL_ERROR);
  EXPECT_EQ(std::string(serene_last_error()).rfind("a\\nb: ", 0), 0u) << serene_last_error();
}

// "<name>: not a safetensors file: ...", cut after 4000 bytes or before the character that they would cut.
TEST(Capi, LongErrorsAreCutBetweenCharacters) {
  serene_model* model = nullptr;
  const auto error_of = [&](const std::string& name) {
    EXPECT_EQ(serene_model_parse("x", 1, name.c_str(), &model), SERENE_MODEL_ERROR);
    return std::string(serene_last_error());
  };
  const std::string cause = ": not a safetensors file: 1 bytes";
  const std::string fits(4000 - cause.size(), 'n');
  EXPECT_EQ(error_of(fits), fits + cause);
  EXPECT_EQ(error_of("n" + fits), ("n" + fits + cause).substr(0, 4000) + "...");
  for (const std::string& character :
       {std::string("\xc3\xa4"), std::string("\xe2\x82\xac"), std::string("\xf0\x9f\x98\x80")}) {
    for (size_t before = 4000 - character.size() + 1; before < 4000; ++before) {
      const std::string name(before, 'n');
      EXPECT_EQ(error_of(name + character), name + "...") << before;
    }
    const std::string whole = std::string(4000 - character.size(), 'n') + character;
    EXPECT_EQ(error_of(whole), whole + "...");
  }
  // Bytes that are no characters are shown as escapes of four.
  std::string escapes;
  for (int i = 0; i < 1000; ++i) escapes += "\\x80";
  EXPECT_EQ(error_of(std::string(5000, '\x80')), escapes + "...");
}

TEST(Capi, APathGivesTheModelOfItsBytes) {
  const test::TempFolder folder;
  const std::vector<std::byte> bytes = model_bytes();
  test::write_file(folder / "m", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const Model opened(folder / "m"), parsed(bytes, "m");
  EXPECT_EQ(opened.description(), parsed.description());
  EXPECT_NE(opened.description().find("\"sha256\":\""), std::string::npos);
}

TEST(Capi, EmbeddingsDifferByTheBridge) {
  for (const bool bridge : {true, false}) {
    test::ModelSpec config;
    config.se = test::small_se();
    config.ser = test::small_ser(networks::TrnetEncoder::residual);
    config.ser->bridge = bridge;
    const Model model(model_bytes(config), "small");
    Engine engine(model, SERENE_DEVICE_CPU, 1);
    const std::vector<float> samples = test::tone(8000, 1);
    const serene_clip clip{samples.data(), samples.size()};
    const Score score = engine.score({&clip, 1}).at(0);
    ASSERT_EQ(score.embedding.size(), model.embedding_size());
    ASSERT_EQ(score.calibrated.size(), model.embedding_size());
    EXPECT_EQ(score.embedding != score.calibrated, bridge);
    for (const float x : score.embedding) EXPECT_TRUE(std::isfinite(x));
  }
}

TEST(Capi, AnEnhancerAloneCannotScore) {
  test::ModelSpec config;
  config.se = test::small_se();
  const Model model(model_bytes(config), "enhancer");
  EXPECT_FALSE(model.can_score());
  EXPECT_STREQ(serene_last_error(), "enhancer: the model has no classifier, it can enhance only");
  EXPECT_TRUE(model.can_enhance());
  EXPECT_TRUE(model.labels().empty());
  EXPECT_EQ(model.embedding_size(), 0u);
  Engine engine(model);
  const float sample = 0;
  const serene_clip clip{&sample, 1};
  try {
    engine.score({&clip, 1});
    FAIL() << "scored";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_UNSUPPORTED);
    EXPECT_STREQ(failure.what(), "enhancer: the model has no classifier, it can enhance only");
  }
}

TEST(Capi, ARecogniserWithoutItsEnhancerSaysWhatItLacks) {
  test::ModelSpec config;
  config.ser = test::small_ser(networks::TrnetEncoder::cnn6);
  const Model model(model_bytes(config), "recogniser");
  EXPECT_FALSE(model.can_score());
  EXPECT_STREQ(serene_last_error(),
               "recogniser: the classifier needs enhanced speech, and the model has no enhancer");
  EXPECT_FALSE(model.can_enhance());
  EXPECT_STREQ(serene_last_error(),
               "recogniser: the model has no enhancer; trnet, which comes with serene, has one");
  config.ser->blend = config.ser->bridge = false;
  const Model baseline(model_bytes(config), "baseline");
  EXPECT_TRUE(baseline.can_score());
  EXPECT_FALSE(baseline.can_enhance());
  EXPECT_STREQ(serene_last_error(),
               "baseline: the model has no enhancer; trnet, which comes with serene, has one");
  EXPECT_EQ(serene_model_can_score(nullptr), 0);
  EXPECT_STREQ(serene_last_error(), "serene_model_can_score: model is null");
  EXPECT_EQ(serene_model_can_enhance(nullptr), 0);
  EXPECT_STREQ(serene_last_error(), "serene_model_can_enhance: model is null");
}

TEST(Capi, LogCallbackHearsOfTheEngine) {
  std::string heard;
  serene_set_log_callback([](serene_log_level, const char* message,
                             void* user) { static_cast<std::string*>(user)->append(message); },
                          &heard);
  const std::vector<std::byte> bytes = model_bytes();
  serene_model* model = nullptr;
  serene_engine* engine = nullptr;
  ASSERT_EQ(serene_model_parse(bytes.data(), bytes.size(), nullptr, &model), SERENE_OK);
  ASSERT_EQ(serene_engine_create(model, nullptr, &engine), SERENE_OK);
  serene_set_log_callback(nullptr, nullptr);
  EXPECT_EQ(heard, std::string("engine: ") + serene_engine_device(engine));
  serene_engine_destroy(engine);
  serene_model_close(model);
}

}  // namespace
}  // namespace serene
