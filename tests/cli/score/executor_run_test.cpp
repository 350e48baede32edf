// The program with the host executor for a device: what the user of a GPU runs, but for the GPU.
#include <gtest/gtest.h>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

ProcessResult on_executor(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), SERENE_TEST_EXECUTOR_PROGRAM);
  return run_process(arguments, {.environment = {{"SERENE_TEST_EXECUTOR", "1"}}});
}

void expect_near(const Json& row, const Json& expected) {
  SCOPED_TRACE(expected["path"]);
  EXPECT_EQ(row["path"], expected["path"]);
  EXPECT_EQ(row["label"], expected["label"]);
  EXPECT_NEAR(row["coefficient"].get<double>(), expected["coefficient"].get<double>(), 1e-4);
  ASSERT_EQ(row["posterior"].size(), expected["posterior"].size());
  for (const auto& [label, p] : expected["posterior"].items())
    EXPECT_NEAR(row["posterior"][label].get<double>(), p.get<double>(), 1e-4) << label;
}

class ExecutorRun : public testing::Test {
 protected:
  // Rows as the CPU and as the executor have them, which are near each other; the executor's text.
  std::string expect_the_cpus_rows(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"score", "--quiet"});
    const ProcessResult cpu = serene(arguments), executor = on_executor(arguments);
    EXPECT_EQ(cpu.exit_code, 0) << cpu.err;
    EXPECT_EQ(executor.exit_code, 0) << executor.err;
    const std::vector<Json> expected = rows_of(cpu.out), rows = rows_of(executor.out);
    EXPECT_FALSE(rows.empty());
    EXPECT_EQ(rows.size(), expected.size());
    for (size_t i = 0; i < std::min(rows.size(), expected.size()); ++i) expect_near(rows[i], expected[i]);
    return executor.out;
  }
  TempFolder folder_;
};

// TRNet for clips as long as they are: an executor takes minutes for its 3 s.
std::string any_length(std::string model) {
  const std::string fixed = R"(\"fit\":{\"rule\":\"tile\",\"seconds\":3})",
                    any = R"(\"fit\":{\"rule\":\"none\"})";
  const size_t found = model.find(fixed);
  EXPECT_NE(found, std::string::npos);
  return model.replace(found, fixed.size(), any + std::string(fixed.size() - any.size(), ' '));
}

TEST_F(ExecutorRun, RowsOfMixedLengthsAreTheCpusInAnyBatch) {
  write_file(folder_ / "model.safetensors",
             any_length(read_file(SERENE_TEST_MODELS_DIR "/trnet.safetensors")));
  std::vector<std::string> arguments{"--model", folder_ / "model.safetensors"};
  int pitch = 200;
  for (const double seconds : {0.1, 0.12, 0.1}) {
    const std::string path = folder_ / (std::to_string(pitch) + ".wav");
    write_audio(path, sine(pitch, 0.4, 16000, seconds), kWavFloat);
    arguments.push_back(path);
    pitch += 130;
  }
  const std::string together = expect_the_cpus_rows(arguments);
  arguments.insert(arguments.end(), {"--batch", "1"});
  EXPECT_EQ(expect_the_cpus_rows(arguments), together);
}

TEST_F(ExecutorRun, ChecksTrnet) {
  const ProcessResult run = on_executor({"check", SERENE_TEST_MODELS_DIR "/trnet.safetensors",
                                         SERENE_TEST_GOLDEN_DIR "/trnet_model_n4000.safetensors"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("all tensors within their bounds on executor"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace serene::test
