// The installed converter makes a model, the installed program scores a clip, and each example, built against
// the installed library, prints the same digits.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/audio/audio_files.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

const std::string kPrefix = SERENE_TEST_PREFIX, kExamples = SERENE_TEST_EXAMPLES,
                  kGolden = SERENE_TEST_GOLDEN_DIR;

// By CMake and by pkg-config, in C and C++.
constexpr const char* kPrograms[] = {"score_c", "score_cpp", "pkg_config/score_c", "pkg_config/score_cpp"};
constexpr const char* kRecordingPrograms[] = {"recording_c", "recording_cpp", "pkg_config/recording_c",
                                              "pkg_config/recording_cpp"};

class ExamplesTest : public testing::Test {
 protected:
  void SetUp() override { convert("none"); }
  void convert(const std::string& fit) const {
    const ProcessResult convert = run_process(
        {kPrefix + "/bin/serene-convert", "--se", kGolden + "/cmgan_c8.pt", "--ser",
         kGolden + "/trnet_residual.pt", "--labels", "angry,happy,neutral,sad", "--fit", fit, "-o", model_});
    ASSERT_EQ(convert.exit_code, 0) << convert.err;
  }
  void write_samples(const std::string& name, const std::vector<float>& samples) const {
    write_file(folder_ / name,
               {reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(float)});
  }
  const TempFolder folder_;
  const std::string model_ = folder_ / "model.safetensors";
};

// "name number" lines.
std::map<std::string, float> values_of(const std::string& text) {
  std::map<std::string, float> values;
  std::istringstream lines(text);
  std::string name, number;
  while (lines >> name >> number) values[name] = std::strtof(number.c_str(), nullptr);
  return values;
}

TEST_F(ExamplesTest, PrintWhatTheProgramPrints) {
  // 65536: score.c reads in steps of that.
  for (const size_t count : {size_t{8000}, size_t{65536}}) {
    const std::vector<float> samples = sine(300, 0.4, 16000, static_cast<double>(count) / 16000);
    write_audio(folder_ / "clip.wav", samples, kWavFloat);
    write_samples("clip.f32", samples);

    const ProcessResult score =
        run_process({kPrefix + "/bin/serene", "score", "--model", model_, folder_ / "clip.wav"});
    ASSERT_EQ(score.exit_code, 0) << score.err;
    const nlohmann::json row = nlohmann::json::parse(score.out);
    std::map<std::string, float> expected;
    for (const auto& [label, p] : row["posterior"].items()) expected[label] = p.get<float>();
    ASSERT_EQ(expected.size(), 4u);
    expected["coefficient"] = row["coefficient"].get<float>();

    for (const char* example : kPrograms) {
      const ProcessResult run = run_process({kExamples + '/' + example, model_, folder_ / "clip.f32"});
      ASSERT_EQ(run.exit_code, 0) << example << ": " << run.err;
      EXPECT_EQ(values_of(run.out), expected) << example << ", " << count << " samples";
    }
  }
}

TEST_F(ExamplesTest, PrintTheRowsOfARecording) {
  convert("tile:1");
  // Stereo at 44.1 kHz: 3.4 s of sound, a pause, 1.5 s of sound.
  std::vector<float> samples = noise(0.2, 2 * 3.4 * 44100);
  samples.resize(samples.size() + 2 * 44100);
  const std::vector<float> second = sine(300, 0.4, 44100, 1.5, 2);
  samples.insert(samples.end(), second.begin(), second.end());
  write_audio(folder_ / "recording.wav", samples, kWavFloat, 44100, 2);
  write_samples("recording.f32", samples);

  // A hop of the clip is the default, and has a row for each window.
  const ProcessResult score = run_process(
      {kPrefix + "/bin/serene", "score", "--model", model_, "--hop", "1", folder_ / "recording.wav"});
  ASSERT_EQ(score.exit_code, 0) << score.err;
  std::vector<nlohmann::json> rows;
  std::istringstream lines(score.out);
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(rows.size(), 4 + 2 + 1u);

  for (const char* example : kRecordingPrograms) {
    const ProcessResult run =
        run_process({kExamples + '/' + example, model_, folder_ / "recording.f32", "44100", "2"});
    ASSERT_EQ(run.exit_code, 0) << example << ": " << run.err;
    std::istringstream out(run.out);
    for (size_t i = 0; i + 1 < rows.size(); ++i) {
      std::string word, label;
      double start = 0, seconds = 0;
      out >> word >> start >> seconds >> label;
      EXPECT_EQ(word, "window");
      EXPECT_NEAR(start, rows[i]["start"].get<double>(), 1e-6) << example;
      EXPECT_NEAR(seconds, rows[i]["seconds"].get<double>(), 1e-6) << example;
      EXPECT_EQ(label, rows[i]["label"]) << example;
    }
    std::string rest;
    std::getline(out, rest, '\0');
    std::map<std::string, float> values = values_of(rest);
    EXPECT_NEAR(values["silent_share"], rows.back()["silent_share"].get<double>(), 1e-6);
    values.erase("silent_share");
    std::map<std::string, float> expected;
    for (const auto& [label, p] : rows.back()["posterior"].items()) expected[label] = p.get<float>();
    expected["coefficient"] = rows.back()["coefficient"].get<float>();
    EXPECT_EQ(values, expected) << example;
  }
}

TEST_F(ExamplesTest, FailWithALine) {
  write_file(folder_ / "empty.f32", "");
  for (const char* example : kPrograms) {
    const std::string program = kExamples + '/' + example;
    const ProcessResult no_model = run_process({program, folder_ / "none", folder_ / "empty.f32"});
    EXPECT_EQ(no_model.exit_code, 1);
    EXPECT_NE(no_model.err.find(folder_ / "none"), std::string::npos) << example << ": " << no_model.err;
    const ProcessResult no_clip = run_process({program, model_, folder_ / "none"});
    EXPECT_EQ(no_clip.exit_code, 1);
    EXPECT_NE(no_clip.err.find(folder_ / "none"), std::string::npos) << example << ": " << no_clip.err;
    const ProcessResult empty = run_process({program, model_, folder_ / "empty.f32"});
    EXPECT_EQ(empty.exit_code, 1);
    EXPECT_NE(empty.err.find("no samples"), std::string::npos) << example << ": " << empty.err;
  }
  for (const char* example : kRecordingPrograms) {
    const ProcessResult run =
        run_process({kExamples + '/' + example, model_, folder_ / "empty.f32", "900", "2"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_NE(run.err.find("sample_rate is not in [1000, 768000]"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace serene::test
