// A network that is one folder and one line of CMake: it converts, scores, checks and profiles.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/converter/checkpoint_files.h"
#include "tests/support/temp_folder.h"
#include "tests/toy/models.h"

namespace serene::test {
namespace {

// Of a recording whose samples are all `mean`, in double.
double log_posterior_of_up(double mean) {
  const double up = std::max(0.0, 4 * mean + 0.5), down = std::max(0.0, -4 * mean + 0.25);
  return up - std::log(std::exp(up) + std::exp(down));
}

class Toy : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "toy.pt", checkpoint_of(toy_tensors()));
    const ProcessResult made = run_process({SERENE_TEST_CONVERT, "--part", "net=" + (folder_ / "toy.pt"),
                                            "--labels", "up,down", "--fit", "none", "-o", model_});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  TempFolder folder_;
  std::string model_ = folder_ / "toy.safetensors";
};

TEST_F(Toy, Scores) {
  for (const float mean : {-0.25f, 0.0f, 0.125f, 0.5f}) {
    // A tone around the mean, for a constant alone is no sound.
    std::vector<float> samples(1600);
    for (size_t i = 0; i < samples.size(); ++i)
      samples[i] = mean + (mean == 0 ? 0.0f : i % 2 == 0 ? 0.25f : -0.25f);
    write_audio(folder_ / "x.wav", samples, kWavFloat);
    const ProcessResult run = serene({"score", "-m", model_, folder_ / "x.wav"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const Json row = rows_of(run.out).at(0);
    if (mean == 0) {
      EXPECT_EQ(row["reason"], "silence");
      continue;
    }
    const double expected = log_posterior_of_up(mean);
    EXPECT_EQ(row["label"], expected > std::log(0.5) ? "up" : "down");
    EXPECT_NEAR(std::log(row["posterior"]["up"].get<double>()), expected, 1e-5);
    EXPECT_TRUE(row["coefficient"].is_null());
  }
}

TEST_F(Toy, IsHeldToItsReferenceTensors) {
  const std::string golden = std::string(SERENE_TEST_SOURCE_DIR) + "/tests/toy/golden/toy.safetensors";
  const ProcessResult run = serene({"check", model_, golden});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  for (const char* name : {"tap.mean", "log_posterior"})
    EXPECT_NE(run.out.find(name), std::string::npos) << run.out;
}

TEST_F(Toy, IsProfiledAndShown) {
  const ProcessResult profile = serene({"profile", "-m", model_, "--repeat", "1"});
  EXPECT_EQ(profile.exit_code, 0) << profile.err;
  for (const char* name : {"toy", "frequency_mean", "classifier"})
    EXPECT_NE(profile.out.find(name), std::string::npos) << profile.out;
  const ProcessResult info = serene({"info", model_});
  EXPECT_NE(info.out.find("model          classify\npart net       toy, 10 parameters\n"), std::string::npos)
      << info.out;
}

}  // namespace
}  // namespace serene::test
