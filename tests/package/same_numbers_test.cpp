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

class ExamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    const ProcessResult convert =
        run_process({kPrefix + "/bin/serene-convert", "--se", kGolden + "/cmgan_c8.pt", "--ser",
                     kGolden + "/trnet_residual.pt", "--labels", "angry,happy,neutral,sad", "--fit", "none",
                     "-o", model_});
    ASSERT_EQ(convert.exit_code, 0) << convert.err;
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
    write_file(folder_ / "clip.f32",
               {reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(float)});

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
}

}  // namespace
}  // namespace serene::test
