// `serene score` and `serene snr` with a model that says how much is speech.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/random_values.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

class NrserRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const ProcessResult made = run_process({SERENE_TEST_CONVERT, SERENE_TEST_GOLDEN_DIR "/encoders/nrser",
                                            "--set", "encoder.heads=3", "-o", models_ / "m.safetensors"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  void write(const std::string& name, double seconds) {
    // Neither clean nor noise alone.
    std::vector<float> samples = sine(440, 0.3, 16000, seconds, 1);
    const std::vector<float> hiss = random_values(std::ssize(samples), 1, 0.1f);
    for (size_t i = 0; i < samples.size(); ++i) samples[i] += hiss[i];
    write_audio(folder_ / name, samples, kWav16, 16000, 1);
  }
  std::vector<Json> run(std::vector<std::string> arguments, int exit_code = 0) {
    arguments.insert(arguments.begin() + 1, {"-q", "-m", models_ / "m.safetensors"});
    ProcessOptions options;
    options.folder = folder_.path();
    const ProcessResult result = serene(arguments, options);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    error_ = result.err;
    return exit_code == 0 || exit_code == 5 ? rows_of(result.out) : std::vector<Json>();
  }
  static inline TempFolder models_;
  TempFolder folder_;
  std::string error_;
};

TEST_F(NrserRun, RowsHaveTheLevelCategoriesAndDimensions) {
  write("a.wav", 1.99);
  write("b.wav", 2.01);
  for (const char* name : {"a.wav", "b.wav"}) {
    const Json row = run({"score", name}).at(0);
    EXPECT_EQ(row["posterior"].size(), 10u);
    EXPECT_TRUE(row["posterior"].contains(row["label"].get<std::string>()));
    EXPECT_TRUE(row["coefficient"].is_null());
    EXPECT_GE(row["level"], 0.0);
    EXPECT_LE(row["level"], 1.0);
    EXPECT_EQ(row["outputs"].size(), 3u);
    for (const char* output : {"arousal", "valence", "dominance"})
      EXPECT_TRUE(row["outputs"][output].is_number());
    EXPECT_FALSE(row.contains("reason"));
  }
}

TEST_F(NrserRun, WhatIsBelowTheLeastLevelIsNotJudged) {
  write("a.wav", 2.5);
  const Json row = run({"score", "a.wav"}).at(0);
  const double level = row["level"];
  ASSERT_GT(level, 0.01);
  ASSERT_LT(level, 0.99);
  const Json refused = run({"score", "--min-level", std::to_string(level + 0.01), "a.wav"}).at(0);
  EXPECT_TRUE(refused["label"].is_null());
  EXPECT_EQ(refused["reason"], "no_speech");
  EXPECT_EQ(refused["level"], row["level"]);
  EXPECT_EQ(run({"score", "--min-level", std::to_string(level - 0.01), "a.wav"}).at(0), row);
  run({"score", "--min-level", "1.5", "a.wav"}, 2);
}

TEST_F(NrserRun, AThresholdNeedsALevel) {
  write("a.wav", 1);
  const ProcessResult other = serene({"score", "--min-level", "0.5", folder_ / "a.wav"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_EQ(other.err, "serene: error: --min-level: the model has no output level\n");
  const ProcessResult snr = serene({"snr", folder_ / "a.wav"});
  EXPECT_EQ(snr.exit_code, 3);
  EXPECT_EQ(snr.err, "serene: error: snr: the model has no output level\n");
}

TEST_F(NrserRun, SnrGivesTheLevelOfEachSegment) {
  write("a.wav", 5);
  const std::vector<Json> rows = run({"snr", "a.wav"});
  ASSERT_EQ(rows.size(), 4u);
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i]["window"], i);
    EXPECT_EQ(rows[i]["seconds"], 2.0);
    EXPECT_FALSE(rows[i].contains("label"));
    EXPECT_FALSE(rows[i].contains("outputs"));
    sum += rows[i]["level"].get<double>() / 3;
  }
  EXPECT_EQ(rows[2]["start"], 3.0);
  EXPECT_NEAR(rows[3]["level"], sum, 1e-6);
  EXPECT_EQ(rows[3]["windows"], 3);
  EXPECT_FALSE(rows[3].contains("label"));
  // The same level as that of a recording that is the segment.
  write("first.wav", 2);
  EXPECT_EQ(run({"score", "first.wav"}).at(0)["level"], rows[0]["level"]);
}

TEST_F(NrserRun, LongRecordingsAreScoredInWindowsOfTenSegments) {
  write("a.wav", 41);
  const std::vector<Json> rows = run({"score", "a.wav"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["windows"], 3);
}

TEST_F(NrserRun, WhatIsNoClipHasARow) {
  write_audio(folder_ / "one.wav", std::vector<float>{0.5f}, kWav16, 16000, 1);
  write_audio(folder_ / "silence.wav", std::vector<float>(48000), kWav16, 16000, 1);
  write_audio(folder_ / "short.wav", sine(440, 0.3, 16000, 399.0 / 16000, 1), kWav16, 16000, 1);
  const std::vector<Json> rows = run({"score", "one.wav", "silence.wav", "short.wav"}, 5);
  ASSERT_EQ(rows.size(), 3u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(rows[i]["reason"], "silence");
    EXPECT_TRUE(rows[i]["level"].is_null());
    EXPECT_TRUE(rows[i]["outputs"].is_null());
  }
  EXPECT_EQ(rows[2]["error"]["code"], "invalid_audio");
}

TEST_F(NrserRun, ARunGoesOnUnderItsOwnThresholdAlone) {
  write("a.wav", 1);
  run({"score", "--min-level", "0.5", "-o", "rows", "a.wav"});
  run({"score", "--min-level", "0.5", "-o", "rows", "--resume", "a.wav"});
  run({"score", "--min-level", "0.6", "-o", "rows", "--resume", "a.wav"}, 2);
  EXPECT_NE(error_.find("--min-level"), std::string::npos) << error_;
  run({"snr", "-o", "rows", "--resume", "a.wav"}, 2);
}

TEST_F(NrserRun, EvaluationTakesLevelsAndDimensions) {
  write("a.wav", 1);
  write("b.wav", 1.5);
  write_file(folder_ / "list.csv", "path,level,arousal,label\na.wav,0.1,2,angry\nb.wav,0.9,4,sad\n");
  for (const char* format : {"jsonl", "csv"}) {
    const ProcessResult scored = serene({"score", "-q", "-m", models_ / "m.safetensors", "--manifest",
                                         "list.csv", "--min-level", "1", "--format", format, "-o", "rows"},
                                        {.folder = folder_.path()});
    ASSERT_EQ(scored.exit_code, 0) << scored.err;
    const auto evaluated = [&](const char* output) {
      const ProcessResult result =
          serene({"evaluate", "rows", "--output", output, "--json"}, {.folder = folder_.path()});
      return result.exit_code == 0 ? Json::parse(result.out) : Json(result.exit_code);
    };
    EXPECT_EQ(evaluated("level")["recordings"], 2) << format;
    EXPECT_EQ(evaluated("arousal"), 6) << "what was not judged is in no measure";
  }
}

}  // namespace
}  // namespace serene::test
