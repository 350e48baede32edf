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

// The same encoder's sibling with two heads out of one checkpoint, of which the second tells speech.
class SpeechRun : public testing::Test {
 protected:
  void SetUp() override {
    make("none.safetensors", "0.999");
    make("all.safetensors", "0.001");
    write_audio(folder_ / "x.wav", sine(440, 0.3, 16000, 1, 1), kWav16, 16000, 1);
  }
  void make(const std::string& name, const std::string& threshold) {
    const std::string goldens = SERENE_TEST_GOLDEN_DIR "/";
    const std::string heads = goldens + "snr_head_beside.pt";
    const ProcessResult made = run_process({SERENE_TEST_CONVERT,
                                            "--part",
                                            "encoder=" + goldens + "whisper_encoder_m128.pt",
                                            "--part",
                                            "quality=" + heads,
                                            "--part",
                                            "head=" + heads,
                                            "--set",
                                            "head.state=2",
                                            "--set",
                                            "quality.state=0",
                                            "--set",
                                            "quality.frame_pool=3",
                                            "--set",
                                            "quality.speech_threshold=" + threshold,
                                            "--set",
                                            "encoder.heads=3",
                                            "--labels",
                                            "a,b,c,d",
                                            "--fit",
                                            "none",
                                            "--dtype",
                                            "int8",
                                            "-o",
                                            folder_ / name});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    EXPECT_NE(made.err.find("left out: 18 tensors of decoder.; encoder.blocks.2.; "), std::string::npos)
        << made.err;
  }
  ProcessResult run(const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"score", "-q"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const ProcessResult result = serene(all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  Json row(const std::vector<std::string>& arguments) { return rows_of(run(arguments).out).at(0); }
  TempFolder folder_;
};

TEST_F(SpeechRun, RowsHaveRatioAndSpeechAndAReasonWhereThereIsNone) {
  const Json spoken = row({"-m", folder_ / "all.safetensors", folder_ / "x.wav"});
  EXPECT_TRUE(spoken["label"].is_string());
  EXPECT_FALSE(spoken.contains("reason"));
  const double snr_db = spoken["outputs"]["snr_db"], speech = spoken["outputs"]["speech"];
  EXPECT_GE(snr_db, -10);
  EXPECT_LE(snr_db, 40);
  EXPECT_GT(speech, 0.001);
  EXPECT_LT(speech, 0.999);
  const Json none = row({"-m", folder_ / "none.safetensors", folder_ / "x.wav"});
  EXPECT_TRUE(none["label"].is_null());
  EXPECT_EQ(none["reason"], "no_speech");
  EXPECT_EQ(none["outputs"], spoken["outputs"]);
  EXPECT_EQ(none["posterior"], spoken["posterior"]);
  const std::string csv = run({"-m", folder_ / "none.safetensors", "--format", "csv", folder_ / "x.wav"}).out;
  EXPECT_NE(csv.find(",reason,silent_share,outputs.snr_db,outputs.speech\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",no_speech,," + spoken["outputs"]["snr_db"].dump() + ',' +
                     spoken["outputs"]["speech"].dump() + '\n'),
            std::string::npos)
      << csv;
  const ProcessResult info = serene({"info", folder_ / "none.safetensors"});
  EXPECT_NE(info.out.find("output snr_db  scalar\noutput speech  scalar, no label below 0.999\n"),
            std::string::npos)
      << info.out;
  const Json outputs = Json::parse(serene({"info", "--json", folder_ / "none.safetensors"}).out)["outputs"];
  EXPECT_EQ(outputs[3], (Json{{"name", "speech"}, {"kind", "scalar"}, {"size", 1}, {"threshold", 0.999}}));
}

TEST_F(SpeechRun, MinConfidenceTakesTheLabelAndIsAConditionOfResume) {
  const std::vector<std::string> plain{"-m", folder_ / "all.safetensors", folder_ / "x.wav"};
  const Json sure = row(plain);
  std::vector<std::string> wanting = plain;
  wanting.insert(wanting.end(), {"--min-confidence", "0.99"});
  Json unsure = row(wanting);
  EXPECT_EQ(unsure["reason"], "confidence");
  EXPECT_TRUE(unsure["label"].is_null());
  unsure["label"] = sure["label"];
  unsure.erase("reason");
  EXPECT_EQ(unsure, sure);

  wanting.insert(wanting.end(), {"-o", folder_ / "rows.jsonl"});
  run(wanting);
  wanting.push_back("--resume");
  run(wanting);
  wanting[4] = "0.98";
  wanting.insert(wanting.begin(), "score");
  const ProcessResult other = serene(wanting);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("--min-confidence"), std::string::npos) << other.err;
  for (const char* refused : {"-0.1", "1.1", "half"}) {
    EXPECT_EQ(serene({"score", "-m", plain[1], plain[2], "--min-confidence", refused}).exit_code, 2);
  }
}

}  // namespace
}  // namespace serene::test
