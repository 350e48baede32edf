// Rows, evaluation and embeddings of models with several outputs, and of models without classes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/npy.h"
#include "tests/support/temp_folder.h"
#include "tests/toy/models.h"

namespace serene::test {
namespace {

// Alternates around `mean`, so that the mean of an even number of samples is exact.
std::vector<float> around(float mean, size_t count) {
  std::vector<float> samples(count);
  for (size_t i = 0; i < count; ++i) samples[i] = mean + (i % 2 == 0 ? 0.25f : -0.25f);
  return samples;
}

// Of the toy network, in double.
double up_of(double mean) {
  const double up = std::max(0.0, 4 * mean + 0.5), down = std::max(0.0, -4 * mean + 0.25);
  return std::exp(up) / (std::exp(up) + std::exp(down));
}

class OutputRows : public testing::Test {
 protected:
  void SetUp() override {
    const auto make = [&](const char* name, const std::vector<std::byte>& bytes) {
      write_file(folder_ / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    make("many.safetensors", toy_model("measures", {"direction", "onset"}));
    make("scalars.safetensors", toy_model("measures"));
    make("point.safetensors", toy_model("point"));
    std::vector<float> samples = around(0.5f, 8000);
    const std::vector<float> rest = around(-0.25f, 8000);
    samples.insert(samples.end(), rest.begin(), rest.end());
    write_audio(folder_ / "falls.wav", samples, kWavFloat);  // level 0.125, onset 0.5
    write_audio(folder_ / "low.wav", around(-0.125f, 16000), kWavFloat);
    write_audio(folder_ / "silence.wav", std::vector<float>(16000), kWavFloat);
  }
  ProcessResult run(std::vector<std::string> arguments) {
    ProcessOptions options;
    options.folder = folder_.path();
    return serene(std::move(arguments), options);
  }
  std::vector<Json> score(const std::string& model, std::vector<std::string> more) {
    more.insert(more.begin(), {"score", "-q", "-m", model + ".safetensors"});
    const ProcessResult scored = run(more);
    EXPECT_EQ(scored.exit_code, 0) << scored.err;
    return rows_of(scored.out);
  }
  TempFolder folder_;
};

TEST_F(OutputRows, HaveEachOutputThatIsNoVector) {
  const std::vector<Json> rows = score("many", {"falls.wav", "low.wav"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["label"], "up");
  EXPECT_EQ(rows[1]["label"], "down");
  EXPECT_NEAR(rows[0]["posterior"]["up"], up_of(0.125), 1e-6);
  EXPECT_TRUE(rows[0]["coefficient"].is_null());
  const Json& outputs = rows[0]["outputs"];
  EXPECT_EQ(outputs.size(), 3u);
  EXPECT_NEAR(outputs["mean_level"], 0.125, 1e-6);
  EXPECT_NEAR(outputs["onset_level"], 0.5, 1e-6);
  EXPECT_EQ(outputs["onset"]["label"], "up");
  EXPECT_NEAR(outputs["onset"]["posterior"]["up"], up_of(0.5), 1e-6);
  EXPECT_NEAR(outputs["onset"]["posterior"]["down"], 1 - up_of(0.5), 1e-6);
  EXPECT_NEAR(rows[1]["outputs"]["mean_level"], -0.125, 1e-6);
}

TEST_F(OutputRows, OfWindowsAndTheirMean) {
  // Windows of 0.3 s: three from the start, a fourth that ends with the recording.
  const std::vector<Json> rows = score("many", {"--window", "0.3", "falls.wav"});
  ASSERT_EQ(rows.size(), 5u);
  double level = 0, onset = 0;
  for (size_t i = 0; i < 4; ++i) {
    level += rows[i]["outputs"]["mean_level"].get<double>() / 4;
    onset += rows[i]["outputs"]["onset"]["posterior"]["up"].get<double>() / 4;
  }
  EXPECT_NEAR(rows[0]["outputs"]["mean_level"], 0.5, 1e-6);
  EXPECT_NEAR(rows[3]["outputs"]["mean_level"], -0.25, 1e-6);
  EXPECT_NEAR(rows[4]["outputs"]["mean_level"], level, 1e-6);
  EXPECT_NEAR(rows[4]["outputs"]["onset"]["posterior"]["up"], onset, 1e-6);
}

TEST_F(OutputRows, OfAModelWithoutClassesHaveNoLabel) {
  const std::vector<Json> rows = score("scalars", {"falls.wav", "silence.wav"});
  ASSERT_EQ(rows.size(), 2u);
  for (const char* field : {"label", "posterior", "coefficient"}) EXPECT_TRUE(rows[0].at(field).is_null());
  EXPECT_FALSE(rows[0].contains("reason"));
  EXPECT_EQ(rows[0]["outputs"].size(), 2u);
  EXPECT_NEAR(rows[0]["outputs"]["mean_level"], 0.125, 1e-6);
  EXPECT_EQ(rows[1]["reason"], "silence");
  EXPECT_TRUE(rows[1].at("outputs").is_null());

  const ProcessResult csv = run({"score", "-q", "-m", "scalars.safetensors", "--format", "csv", "falls.wav"});
  EXPECT_NE(csv.out.find(",start,seconds,label,coefficient,flags,"), std::string::npos) << csv.out;
  EXPECT_NE(csv.out.find(",reason,silent_share,outputs.mean_level,outputs.onset_level\n"), std::string::npos);
  EXPECT_TRUE(csv.out.ends_with(",0.125,0.5\n")) << csv.out;
}

TEST_F(OutputRows, OfAVectorAloneAreForItsEmbeddings) {
  const std::vector<Json> rows = score("point", {"falls.wav", "silence.wav", "--embeddings", "p.npy"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0]["label"].is_null());
  EXPECT_EQ(rows[0]["outputs"], Json::object());
  const Npy points = read_npy(folder_ / "p.npy");
  ASSERT_EQ(points.rows, 2u);
  ASSERT_EQ(points.width, 2u);
  EXPECT_NEAR(points.row(0)[0], 4 * 0.125 + 0.5, 1e-6);
  EXPECT_NEAR(points.row(0)[1], -4 * 0.125 + 0.25, 1e-6);
  EXPECT_TRUE(std::isnan(points.row(1)[0]));
  EXPECT_TRUE(std::isnan(points.row(1)[1]));
}

TEST_F(OutputRows, EmbeddingsAreOfTheVectorThatIsNamed) {
  score("many", {"falls.wav", "--embeddings", "first.npy"});
  score("many", {"falls.wav", "--embeddings", "named.npy", "--embedding", "onset_point"});
  EXPECT_NEAR(read_npy(folder_ / "first.npy").row(0)[0], 4 * 0.125 + 0.5, 1e-6);
  EXPECT_NEAR(read_npy(folder_ / "named.npy").row(0)[0], 4 * 0.5 + 0.5, 1e-6);
}

TEST_F(OutputRows, AreEvaluatedByName) {
  write_file(folder_ / "list.jsonl", R"({"path":"falls.wav","mean_level":0.25,"onset":"up"})"
                                     "\n"
                                     R"({"path":"low.wav","mean_level":-0.25,"onset":"up"})"
                                     "\n"
                                     R"({"path":"silence.wav","mean_level":0,"onset":"up"})"
                                     "\n");
  for (const std::string format : {"jsonl", "csv"}) {
    const ProcessResult scored = run({"score", "-q", "-m", "many.safetensors", "--manifest", "list.jsonl",
                                      "--format", format, "-o", "rows"});
    ASSERT_EQ(scored.exit_code, 0) << scored.err;
    const ProcessResult level = run({"evaluate", "rows", "--output", "mean_level", "--json"});
    ASSERT_EQ(level.exit_code, 0) << level.err;
    const Json scalars = Json::parse(level.out);
    EXPECT_EQ(scalars["output"], "mean_level");
    EXPECT_EQ(scalars["recordings"], 2);
    EXPECT_EQ(scalars["silent"], 1);
    // x = (1/4, -1/4), y = (1/8, -1/8): 2 (1/32) / (1/16 + 1/64).
    EXPECT_NEAR(scalars["ccc"], 0.8, 1e-6);
    EXPECT_NEAR(scalars["pearson"], 1, 1e-6);
    EXPECT_NEAR(scalars["rmse"], 0.125, 1e-6);
    const ProcessResult onset = run({"evaluate", "rows", "--output", "onset", "--json"});
    ASSERT_EQ(onset.exit_code, 0) << onset.err;
    const Json classes = Json::parse(onset.out);
    EXPECT_EQ(classes["recordings"], 2);
    EXPECT_DOUBLE_EQ(classes["war"], 0.5);
    EXPECT_DOUBLE_EQ(classes["uar"], 0.5);
    EXPECT_NEAR(classes["macro_f1"], (2.0 / 3 + 0) / 2, 1e-12);
  }
}

TEST_F(OutputRows, InfoListsTheOutputs) {
  const ProcessResult info = run({"info", "many.safetensors"});
  EXPECT_NE(info.out.find("clip           any length\n"
                          "output mean_level scalar\n"
                          "output onset_level scalar\n"
                          "output direction classes, 2: up, down\n"
                          "output onset   classes, 2: up, down\n"
                          "output point   vector, 2\n"
                          "output onset_point vector, 2\n"),
            std::string::npos)
      << info.out;
  const ProcessResult doctor = run({"doctor", "-m", "scalars.safetensors"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out;
}

}  // namespace
}  // namespace serene::test
