// `serene score --metrics-file`: what it says agrees with rows, summary and exit code, however a run ends.
#include <fstream>

#include "tests/cli/report/exposition.h"
#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

class MetricsRunTest : public BatchRunTest {
 protected:
  std::map<std::string, double> metrics() { return read_exposition(read_file(folder_ / "m.prom")); }
  // What the metrics say must be the same.
  void expect_counts(double scored, double failed, double kept, double kept_failed) {
    const auto numbers = metrics();
    EXPECT_EQ(numbers.at("serene_recordings_total{result=\"scored\"}"), scored);
    EXPECT_EQ(numbers.at("serene_recordings_total{result=\"failed\"}"), failed);
    EXPECT_EQ(numbers.at("serene_recordings_total{result=\"kept\"}"), kept);
    EXPECT_EQ(numbers.at("serene_recordings_kept_failed"), kept_failed);
  }
  void expect_end(int exit_code) {
    EXPECT_EQ(metrics().at("serene_exit_code"), exit_code);
    EXPECT_EQ(metrics().at("serene_run_finished"), 1);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      EXPECT_NE(entry.path().extension(), ".part");
  }
  static std::string error(const std::string& stage, const std::string& code) {
    return "serene_errors_total{stage=\"" + stage + "\",code=\"" + code + "\"}";
  }
};

TEST_F(MetricsRunTest, BadFilesAreCountedByCause) {
  make_recordings(3);
  write_file(folder_ / "empty.wav", "");
  write_file(folder_ / "text.wav", "no sound");
  const ProcessResult run = score({"--metrics-file", "m.prom", "000.wav", "empty.wav", "gone.wav", "001.wav",
                                   "text.wav", "none.wav", "002.wav"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_NE(run.err.find("3 recordings scored, 4 failed: "), std::string::npos) << run.err;
  expect_counts(3, 4, 0, 0);
  expect_end(5);
  const auto numbers = metrics();
  EXPECT_EQ(numbers.at(error("decode", "empty_audio")), 1);
  EXPECT_EQ(numbers.at(error("decode", "unsupported_format")), 1);
  EXPECT_EQ(numbers.at(error("open", "not_found")), 2);
  EXPECT_EQ(numbers.at("serene_recordings_listed"), 7);
  double seconds = 0;
  for (const Json& row : rows_of(run.out)) seconds += row.value("seconds", 0.0);
  EXPECT_NEAR(numbers.at("serene_audio_seconds_total"), seconds, 1e-9);
  EXPECT_GT(numbers.at("serene_run_seconds"), 0);
  EXPECT_NEAR(numbers.at("serene_last_update_time_seconds") - numbers.at("serene_start_time_seconds"),
              numbers.at("serene_run_seconds"), 0.1);
}

TEST_F(MetricsRunTest, EndedBySigtermThenResumed) {
  make_recordings(8);
  const ProcessResult ended = shell(
      "mkfifo list; $SERENE score --batch 1 -o rows.jsonl --metrics-file m.prom - <list & p=$!\n"
      "exec 3>list; printf '%s\\n' gone.wav 000.wav 001.wav >&3\n"
      "while [ ! -s rows.jsonl ] || [ $(wc -l <rows.jsonl) -lt 3 ]; do sleep 0.02; done; cp m.prom "
      "during.prom\n"
      "kill -TERM $p; wait $p");
  EXPECT_EQ(ended.exit_code, 143) << ended.err;
  EXPECT_NE(ended.err.find("2 recordings scored, 1 failed: "), std::string::npos) << ended.err;
  const auto during = read_exposition(read_file(folder_ / "during.prom"));
  EXPECT_EQ(during.at("serene_run_finished"), 0);
  EXPECT_FALSE(during.contains("serene_exit_code"));
  expect_counts(2, 1, 0, 0);
  expect_end(143);
  EXPECT_FALSE(metrics().contains("serene_recordings_listed")) << "a list that is open has no length";

  const ProcessResult resumed =
      shell("$SERENE score --resume -o rows.jsonl --metrics-file m.prom gone.wav *.wav none.wav");
  EXPECT_EQ(resumed.exit_code, 5);
  EXPECT_NE(resumed.err.find("6 recordings scored, 1 failed, 3 kept from before, 1 of them failed"),
            std::string::npos)
      << resumed.err;
  expect_counts(6, 1, 3, 1);
  expect_end(5);
  EXPECT_EQ(metrics().at(error("open", "not_found")), 1) << "of this run";
  EXPECT_EQ(metrics().at("serene_recordings_listed"), 10);

  // Nothing left to do, and rows that go as their recording is listed no longer.
  EXPECT_EQ(shell("$SERENE score -q --resume -o rows.jsonl --metrics-file m.prom gone.wav *.wav").exit_code,
            5);
  expect_counts(0, 0, 9, 1);
  expect_end(5);
  EXPECT_EQ(rows().size(), 9u);
}

TEST_F(MetricsRunTest, EveryEndIsTold) {
  make_recordings(40);
  const auto run = [&](const std::string& arguments) {
    return shell("$SERENE score --metrics-file m.prom " + arguments);
  };
  EXPECT_EQ(run("--max-failures 0 a 000.wav").exit_code, 9);
  expect_end(9);
  expect_counts(0, 1, 0, 0);
  EXPECT_EQ(run("-m missing 000.wav").exit_code, 3);
  expect_end(3);
  EXPECT_EQ(run("--hop 5 000.wav").exit_code, 2);
  expect_end(2);
  std::filesystem::create_directory(folder_ / "none");
  EXPECT_EQ(run("none").exit_code, 6);
  expect_end(6);
  EXPECT_EQ(run("--batch 1 *.wav | head -1; exit ${PIPESTATUS[0]}").exit_code, 141);
  expect_end(141);
  EXPECT_EQ(shell("ulimit -f 4; $SERENE score --metrics-file m.prom -o rows.jsonl *.wav").exit_code, 7);
  expect_end(7);
  expect_counts(static_cast<double>(count_of("\n", read_file(folder_ / "rows.jsonl"))), 0, 0, 0);
  EXPECT_EQ(run("-q 000.wav").exit_code, 0);
  expect_end(0);
}

// Before the first recording is looked at, as a long manifest is read.
TEST_F(MetricsRunTest, ASignalBeforeTheRunProperIsAnEnd) {
  {
    std::ofstream list(folder_ / "long.scp");
    for (int i = 0; i < 500000; ++i) list << i << " none.wav\n";
  }
  const ProcessResult run = shell(
      "$SERENE score --metrics-file m.prom --manifest long.scp & p=$!\n"
      "while [ ! -s m.prom ]; do sleep 0.01; done; kill -TERM $p; wait $p");
  EXPECT_EQ(run.exit_code, 143) << run.err;
  EXPECT_EQ(run.err, "serene: error: ended by SIGTERM\n");
  expect_end(143);
  EXPECT_FALSE(metrics().contains("serene_recordings_listed"));
}

TEST_F(MetricsRunTest, ChannelsThatFailAreErrorsOfOneRecording) {
  write_audio(folder_ / "a.wav", sine(440, 0.3, 16000, 0.1, 2), kWav16, 16000, 2);
  EXPECT_EQ(score({"--metrics-file", "m.prom", "--channels", "1", "a.wav", "gone.wav"}).exit_code, 5);
  expect_counts(1, 1, 0, 0);
  EXPECT_EQ(score({"--metrics-file", "m.prom", "--channels", "each", "a.wav"}).exit_code, 0);
  expect_counts(1, 0, 0, 0);
  EXPECT_NEAR(metrics().at("serene_audio_seconds_total"), 0.2, 1e-9);
}

TEST_F(MetricsRunTest, WhatCannotBeWrittenCostsOneWarning) {
  make_recordings(2);
  for (const char* path : {"no/such/m.prom", "/dev/null", ".", "/dev/full"}) {
    const ProcessResult run = score({"--metrics-file", path, "000.wav", "001.wav"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(count_of("serene: warning: --metrics-file: ", run.err), 1u) << run.err;
    EXPECT_EQ(count_of("\n", run.err), 2u) << "and the summary: " << run.err;
    EXPECT_EQ(rows_of(run.out).size(), 2u);
  }
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  for (const char* path : {"000.wav", "rows.jsonl", "rows.jsonl.journal"}) {
    const ProcessResult run = score({"--metrics-file", path, "-o", "rows.jsonl", "000.wav", "-m", "missing"});
    EXPECT_EQ(run.exit_code, 2) << path;
    EXPECT_NE(run.err.find("--metrics-file"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace serene::test
