// `serene score` with an encoder that takes so many frames at most.
#include <gtest/gtest.h>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

// Whisper's encoder with positions for a second, and a GRU head on it.
class EncoderRun : public testing::Test {
 protected:
  void SetUp() override {
    const std::string goldens = SERENE_TEST_GOLDEN_DIR "/";
    const ProcessResult made =
        run_process({SERENE_TEST_CONVERT, "--part", "encoder=" + goldens + "whisper_encoder_m80.pt", "--part",
                     "head=" + goldens + "bigru_pool_one.pt", "--set", "head.state=1", "--set",
                     "encoder.heads=2", "--labels", "a,b,c,d", "--fit", "none", "-o", model_});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    write_audio(folder_ / "x.wav", sine(440, 0.3, 16000, 2.5, 1), kWav16, 16000, 1);
    write_audio(folder_ / "first.wav", sine(440, 0.3, 16000, 1, 1), kWav16, 16000, 1);
  }
  Json row(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"score", "-m", model_});
    const ProcessResult run = serene(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return rows_of(run.out).at(0);
  }
  TempFolder folder_;
  std::string model_ = folder_ / "m.safetensors";
};

TEST_F(EncoderRun, ALongRecordingIsScoredInWindowsOfTheMostThatItTakes) {
  const Json whole = row({folder_ / "x.wav"});
  EXPECT_EQ(whole["windows"], 3) << whole;
  EXPECT_EQ(whole["seconds"], 2.5);
  const Json same = row({"--window", "1", folder_ / "x.wav"});
  EXPECT_EQ(same["window"], 0);
  const Json first = row({folder_ / "first.wav"});
  EXPECT_FALSE(first.contains("windows")) << first;
  EXPECT_EQ(same["posterior"], first["posterior"]);
}

TEST_F(EncoderRun, LongerWindowsAreRefused) {
  const ProcessResult run = serene({"score", "-m", model_, "--window", "1.5", folder_ / "x.wav"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("--window is longer than the model's clip of 1 s"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace serene::test
