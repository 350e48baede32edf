// Runs that are ended in every way, and go on.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include "tests/cli/batch_run.h"

namespace serene::test {
namespace {

class ResumeRunTest : public BatchRunTest {
 protected:
  // The rows of a run that nothing disturbs.
  std::string unbroken(const std::string& arguments = "*.wav") {
    const ProcessResult run = shell("$SERENE score -q -o unbroken.jsonl " + arguments);
    EXPECT_EQ(run.err, "");
    return read_file(folder_ / "unbroken.jsonl");
  }
  // Every line a row but perhaps the last.
  void expect_whole_rows() {
    const std::string text = read_file(folder_ / "rows.jsonl");
    EXPECT_NO_THROW(rows_of(text.substr(0, text.rfind('\n') + 1)));
  }
};

TEST_F(ResumeRunTest, KilledAtAnyTimeItGivesTheRowsOfAnUnbrokenRun) {
  make_recordings(150);
  write_file(folder_ / "broken.wav", "no sound");
  const auto start = std::chrono::steady_clock::now();
  const std::string expected = unbroken();
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::mt19937 random(7);
  int killed = 0;
  ProcessResult run;
  for (int i = 0; i < 20; ++i) {
    const double seconds = std::uniform_real_distribution(0.01, 0.15)(random) * whole;
    run = shell("timeout -s KILL " + std::to_string(seconds) +
                " $SERENE score -q --batch 2 --resume -o rows.jsonl *.wav");
    expect_whole_rows();
    if (run.exit_code != 137) {
      EXPECT_EQ(run.exit_code, 5) << run.err;
    } else {
      ++killed;
    }
    // A crash of the machine can tear the last row, too. (No rows yet: killed before the run began.)
    if (std::filesystem::exists(folder_ / "rows.jsonl")) {
      std::ofstream(folder_ / "rows.jsonl", std::ios::app) << expected.substr(0, static_cast<size_t>(i));
    }
  }
  EXPECT_GT(killed, 5);
  run = shell("$SERENE score --resume -o rows.jsonl *.wav");
  EXPECT_EQ(run.exit_code, 5) << run.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), expected);
  EXPECT_EQ(shell("$SERENE score -q --resume -o rows.jsonl *.wav").exit_code, 5) << "nothing left to do";
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), expected);
}

TEST_F(ResumeRunTest, CsvGoesOnUnderItsHeader) {
  make_recordings(4);
  const std::string expected = unbroken("--format csv *.wav");
  shell("$SERENE score -q --format csv -o rows.csv 000.wav 001.wav");
  const ProcessResult other = shell("$SERENE score --resume -o rows.csv *.wav");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("another format"), std::string::npos) << other.err;
  EXPECT_EQ(shell("$SERENE score -q --resume --format csv -o rows.csv *.wav").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "rows.csv"), expected);
}

TEST_F(ResumeRunTest, WhatChangedIsScoredAgainAndWhatIsGoneGoes) {
  make_recordings(4);
  EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl 000.wav 001.wav 002.wav late.wav").exit_code, 5);
  write_audio(folder_ / "001.wav", noise(0.3, 800), kWav16);
  write_audio(folder_ / "late.wav", noise(0.2, 800), kWav16);
  const ProcessResult run = shell("$SERENE score --resume -o rows.jsonl 000.wav 001.wav 003.wav late.wav");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("3 recordings scored, 0 failed, 1 kept from before, 0 of them failed"),
            std::string::npos)
      << run.err;
  std::string expected = unbroken("000.wav 001.wav 003.wav late.wav"),
              got = read_file(folder_ / "rows.jsonl");
  EXPECT_EQ(got, expected);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "rows.jsonl.compact"));
}

TEST_F(ResumeRunTest, OtherOptionsAreRefused) {
  make_recordings(1);
  shell("$SERENE score -q -o rows.jsonl 000.wav");
  const std::string before = read_file(folder_ / "rows.jsonl");
  for (const auto& [options, name] : std::vector<std::pair<std::string, std::string>>{
           {"--strict", "strict"}, {"--window 0.1", "window"}, {"-m " SERENE_TEST_MODEL, "model"}}) {
    const ProcessResult run = shell("$SERENE score --resume -o rows.jsonl 000.wav " + options);
    EXPECT_EQ(run.exit_code, 2) << options;
    EXPECT_NE(run.err.find("another "), std::string::npos) << run.err;
  }
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
}

TEST_F(ResumeRunTest, ASecondRunIsRefusedByTheFirstOnesNumber) {
  make_recordings(1);
  const ProcessResult run = shell(
      "mkfifo names; $SERENE score -q -o rows.jsonl - <names & first=$!; exec 3>names; echo 000.wav >&3\n"
      "while [ ! -s rows.jsonl ]; do sleep 0.05; done\n"
      "$SERENE score -o rows.jsonl 000.wav; echo $?; ln -s rows.jsonl link; $SERENE score -o link 000.wav; "
      "echo $?\n"
      "echo pid $first; kill -TERM $first; wait $first; echo $?");
  std::istringstream words(run.out);
  std::string second, linked, pid, first;
  words >> second >> linked >> pid >> pid >> first;
  EXPECT_EQ(second, "7");
  EXPECT_EQ(linked, "7");
  EXPECT_EQ(first, "143");
  EXPECT_EQ(count_of("another run is writing this file, process " + pid, run.err), 2u) << run.err;
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(ResumeRunTest, SignalsEndARunInOrder) {
  make_recordings(20);
  const std::string expected = unbroken();
  for (const auto& [signal, code] : {std::pair("INT", 130), std::pair("TERM", 143)}) {
    std::filesystem::remove(folder_ / "rows.jsonl");
    // The list stays open, so that only the signal can end the run.
    const ProcessResult run = shell(
        "set -m; mkfifo list; $SERENE score --batch 1 -o rows.jsonl - <list & p=$!\n"
        "exec 3>list; printf '%s\\n' 00*.wav >&3\n"
        "while [ ! -s rows.jsonl ]; do sleep 0.02; done; kill -" +
        std::string(signal) + " $p; wait $p; code=$?; rm list; exit $code");
    EXPECT_EQ(run.exit_code, code) << run.err;
    EXPECT_EQ(count_of("serene: error: ended by SIG", run.err), 1u) << run.err;
    const std::string rows = read_file(folder_ / "rows.jsonl");
    EXPECT_TRUE(expected.starts_with(rows));
    EXPECT_LT(rows.size(), expected.size());
    EXPECT_TRUE(rows.ends_with('\n'));
    EXPECT_NE(run.err.find(std::to_string(count_of("\n", rows)) + " recording"), std::string::npos)
        << run.err;
    EXPECT_EQ(shell("$SERENE score -q --resume -o rows.jsonl *.wav").exit_code, 0);
    EXPECT_EQ(read_file(folder_ / "rows.jsonl"), expected);
  }
}

// A file that may not grow beyond a limit fails as a full disk does, in the middle of a row.
TEST_F(ResumeRunTest, AFullDiskKeepsWholeRowsAndTheRunGoesOn) {
  make_recordings(40);
  const std::string expected = unbroken();
  const ProcessResult run = shell("ulimit -f 4; $SERENE score -o rows.jsonl *.wav");
  EXPECT_EQ(run.exit_code, 7);
  EXPECT_NE(run.err.find("rows.jsonl: File too large; the rows so far are whole"), std::string::npos)
      << run.err;
  const std::string kept = read_file(folder_ / "rows.jsonl");
  EXPECT_TRUE(kept.ends_with('\n'));
  EXPECT_GT(kept.size(), 3000u);
  EXPECT_TRUE(expected.starts_with(kept));
  EXPECT_NE(run.err.find("serene: " + std::to_string(count_of("\n", kept)) + " recordings scored"),
            std::string::npos)
      << run.err;
  EXPECT_EQ(shell("$SERENE score -q --resume -o rows.jsonl *.wav").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), expected);
}

TEST_F(ResumeRunTest, TooManyFailuresEndTheRun) {
  make_recordings(2);
  const ProcessResult three =
      score({"--max-failures", "2", "-o", "rows.jsonl", "a", "000.wav", "b", "c", "d"});
  EXPECT_EQ(three.exit_code, 9);
  EXPECT_NE(three.err.find("3 recordings failed, more than --max-failures 2"), std::string::npos)
      << three.err;
  EXPECT_EQ(rows().size(), 4u);
  EXPECT_EQ(score({"--max-failures", "2", "a", "000.wav", "b"}).exit_code, 5);
  EXPECT_EQ(score({"--max-failures", "0", "000.wav"}).exit_code, 0);
  EXPECT_EQ(score({"--max-failures", "50%", "000.wav", "a", "b"}).exit_code, 9) << "at the end";
  EXPECT_EQ(score({"--max-failures", "50%", "000.wav", "a"}).exit_code, 5);
  // What an earlier run failed at counts; the limit raised, it goes on.
  EXPECT_EQ(
      score({"--max-failures", "2", "--resume", "-o", "rows.jsonl", "a", "000.wav", "b", "c", "d"}).exit_code,
      9);
  EXPECT_EQ(score({"--resume", "-o", "rows.jsonl", "a", "000.wav", "b", "c", "d"}).exit_code, 5);
  EXPECT_EQ(rows().size(), 5u);
}

TEST_F(ResumeRunTest, SummaryRowsAndExitCodeAgree) {
  make_recordings(3);
  const ProcessResult run = score({"000.wav", "gone.wav", "001.wav", "/dev/null", "002.wav"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(count_of("\"error\"", run.out), 2u);
  EXPECT_EQ(rows_of(run.out).size(), 5u);
  EXPECT_NE(run.err.find("3 recordings scored, 2 failed:"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace serene::test
