// `serene doctor`.
#include <gtest/gtest.h>

#include "tests/cli/support/program.h"

namespace serene::test {
namespace {

// What follows `key`, "" where there is no such line.
std::string found(const std::string& report, const std::string& key) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ' '))
      return line.substr(std::min(line.find_first_not_of(' ', key.size()), line.size()));
  }
  return "";
}

TEST(DoctorRun, SaysWhatThereIsAndScoresAClip) {
  const ProcessResult run = serene({"doctor", "--threads", "2"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_EQ(found(run.out, "result"), "ready");
  EXPECT_NE(found(run.out, "audio").find("libsndfile"), std::string::npos) << run.out;
  EXPECT_NE(found(run.out, "model").find(SERENE_TEST_MODEL), std::string::npos) << run.out;
  EXPECT_NE(found(run.out, "test clip").find("5.0 s scored in"), std::string::npos) << run.out;
  EXPECT_NE(found(run.out, "GPU"), "");
}

TEST(DoctorRun, OnTheCpuAsksForNoGpu) {
  const ProcessResult run = serene({"doctor", "--device", "cpu", "--threads", "2"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_TRUE(found(run.out, "computes on").starts_with("cpu ")) << run.out;
  EXPECT_NE(found(run.out, "computes on").find("2 threads"), std::string::npos) << run.out;
  EXPECT_EQ(found(run.out, "GPU"), "");
}

TEST(DoctorRun, NamesWhatIsWrong) {
  const ProcessResult no_model = serene({"doctor", "--model", "missing.safetensors"});
  EXPECT_EQ(no_model.exit_code, 3);
  EXPECT_TRUE(found(no_model.out, "model").starts_with("FAILED: missing.safetensors")) << no_model.out;
  EXPECT_EQ(found(no_model.out, "result"), "not ready");
  const ProcessResult no_device = serene({"doctor", "--device", "cuda:99"});
  EXPECT_EQ(no_device.exit_code, 4);
  EXPECT_TRUE(found(no_device.out, "device").starts_with("FAILED: ")) << no_device.out;
}

TEST(DoctorRun, AVariableThatMakesNoSenseIsNoFaultOfTheModel) {
  const ProcessResult run = serene({"doctor"}, {.environment = {{"SERENE_CPU_LEVEL", "foo"}}});
  EXPECT_EQ(run.exit_code, 2) << run.out;
  EXPECT_TRUE(found(run.out, "environment").starts_with("FAILED: SERENE_CPU_LEVEL: got foo, wanted "))
      << run.out;
  EXPECT_EQ(run.out.find("model        FAILED"), std::string::npos) << run.out;
  EXPECT_EQ(found(run.out, "result"), "not ready");
  EXPECT_EQ(serene({"score", "x.wav"}, {.environment = {{"SERENE_CPU_LEVEL", "foo"}}}).exit_code, 2);
}

TEST(DoctorRun, AModelThatOnlyEnhancesIsNoFailure) {
  const ProcessResult run = serene({"doctor", "--model", SERENE_TEST_ENHANCER});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_EQ(found(run.out, "test clip"), "not scored: " + std::string(SERENE_TEST_ENHANCER) +
                                             ": the model has no classifier, it can enhance only");
}

TEST(DoctorRun, ARecogniserWithoutItsEnhancerIsNamedAsSuch) {
  const ProcessResult run = serene({"doctor", "--model", SERENE_TEST_RECOGNISER});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_EQ(found(run.out, "test clip"),
            "not scored: " + std::string(SERENE_TEST_RECOGNISER) +
                ": the classifier needs enhanced speech, and the model has no enhancer");
}

}  // namespace
}  // namespace serene::test
