// Runs that are ended in every way, and go on.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/score/batch_run.h"
#include "tests/support/sanitizers.h"

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
  const std::string expected = unbroken();
  const auto size = [this] {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(folder_ / "rows.jsonl", missing);
    return missing ? 0 : bytes;
  };
  std::mt19937 random(7);
  int killed = 0;
  ProcessResult run;
  for (int i = 0; i < 20; ++i) {
    // By the bytes that are written, not by the clock, so that it falls into the run however busy the machine
    // is.
    const size_t due = size() + std::uniform_int_distribution<size_t>(0, expected.size() / 15)(random);
    run = shell(
        "$SERENE score -q --batch 2 --resume -o rows.jsonl *.wav & pid=$!\n"
        "while [ -n \"$(jobs -r)\" ] && [ \"$(stat -c %s rows.jsonl 2>/dev/null || echo 0)\" -lt " +
        std::to_string(due) +
        " ]; do sleep 0.001; done\n"
        "kill -KILL $pid; wait $pid");
    expect_whole_rows();
    if (run.exit_code != 137) {
      EXPECT_EQ(run.exit_code, 5) << run.err;
    } else {
      ++killed;
    }
    // A crash of the machine can tear the last row, too. (None before the run proper has begun.)
    if (size() > 0) {
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
  EXPECT_NE(other.err.find("another --format"), std::string::npos) << other.err;
  EXPECT_EQ(shell("$SERENE score -q --resume --format csv -o rows.csv *.wav").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "rows.csv"), expected);
}

TEST_F(ResumeRunTest, WhatChangedIsScoredAgainAndWhatIsGoneGoes) {
  make_recordings(4);
  EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl 000.wav 001.wav 002.wav late.wav").exit_code, 5);
  write_audio(folder_ / "001.wav", noise(0.3, 800), kWav16);
  write_audio(folder_ / "late.wav", noise(0.2, 800), kWav16);
  const ProcessResult run =
      shell("$SERENE score --resume --drop-missing -o rows.jsonl 000.wav 001.wav 003.wav late.wav");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("rows.jsonl: the rows of 1 recording that is listed no longer are taken out"),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("3 recordings scored, 0 failed, 1 kept from before, 0 of them failed"),
            std::string::npos)
      << run.err;
  std::string expected = unbroken("000.wav 001.wav 003.wav late.wav"),
              got = read_file(folder_ / "rows.jsonl");
  EXPECT_EQ(got, expected);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "rows.jsonl.compact"));
}

// A file of 64 channels, of which ten seconds each are more than a little memory holds.
void make_wide(const std::string& path) {
  constexpr int kChannels = 64, kSeconds = 10, kHeaderBytes = 44;
  write_audio(path, std::vector<float>(kChannels), kWav16, 16000, kChannels);
  const uint32_t bytes = kChannels * kSeconds * 16000 * 2, riff = bytes + kHeaderBytes - 8;
  poke(path, kRiffSizeAt, {reinterpret_cast<const char*>(&riff), 4});
  poke(path, kDataSizeAt, {reinterpret_cast<const char*>(&bytes), 4});
  std::filesystem::resize_file(path, kHeaderBytes + bytes);
}

TEST_F(ResumeRunTest, WhatFailedForWantOfMemoryIsTriedAgain) {
#if SERENE_ADDRESS_SANITIZED
  GTEST_SKIP() << "AddressSanitizer needs memory without a limit";
#endif
  make_recordings(2);
  make_wide(folder_ / "wide.wav");
  const std::string
      limit = "ulimit -v 60000; ",
      run = "$SERENE score -m " SERENE_TEST_TINY_MODEL
            " --threads 1 --decode-threads 1 --channels each 000.wav wide.wav gone.wav 001.wav -o ";
  EXPECT_EQ(shell(run + "whole.jsonl").exit_code, 5);
  const ProcessResult first = shell(limit + run + "rows.jsonl");
  EXPECT_EQ(first.exit_code, 5) << first.err;
  ASSERT_EQ(rows().size(), 4u);
  EXPECT_EQ(rows()[1]["error"]["code"], "out_of_memory");
  // Not yet.
  const ProcessResult again = shell(limit + run + "rows.jsonl --resume");
  EXPECT_EQ(again.exit_code, 5) << again.err;
  EXPECT_NE(again.err.find("0 recordings scored, 1 failed, 3 kept from before, 1 of them failed"),
            std::string::npos)
      << again.err;
  ASSERT_EQ(rows().size(), 4u);
  EXPECT_EQ(rows()[3]["error"]["code"], "out_of_memory");
  const ProcessResult last = shell(run + "rows.jsonl --resume");
  EXPECT_EQ(last.exit_code, 5) << last.err;
  EXPECT_NE(last.err.find("1 recording scored, 0 failed, 3 kept from before, 1 of them failed"),
            std::string::npos)
      << last.err;
  const ProcessResult sorted = shell("sort whole.jsonl >a; sort rows.jsonl >b; cmp a b && wc -l <b");
  EXPECT_EQ(sorted.out, "67\n") << "64 channels, two recordings and an error";
  const ProcessResult none = shell(run + "rows.jsonl --resume");
  EXPECT_NE(none.err.find("0 recordings scored, 0 failed, 4 kept from before, 1 of them failed"),
            std::string::npos)
      << none.err;
}

TEST_F(ResumeRunTest, GoodRowsStayWhereFilesCannotBeOpenedNow) {
  make_recordings(4);
  EXPECT_EQ(shell("ls *.wav >list; sed 's/.*/& &/' list >list.scp; $SERENE score -q -o rows.jsonl --manifest "
                  "list.scp")
                .exit_code,
            0);
  const std::string before = read_file(folder_ / "rows.jsonl");
  // Gone, a folder of that name, and all of them, as seen from elsewhere.
  const ProcessResult gone = shell(
      "mkdir away; mv 000.wav 002.wav away; mkdir 002.wav\n"
      "$SERENE score --resume -o rows.jsonl --manifest list.scp");
  EXPECT_EQ(gone.exit_code, 0) << gone.err;
  EXPECT_NE(gone.err.find(
                "rows.jsonl: the rows of 2 recordings from before stay, whose files cannot be opened now"),
            std::string::npos)
      << gone.err;
  EXPECT_NE(gone.err.find("0 recordings scored, 0 failed, 4 kept from before"), std::string::npos)
      << gone.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
  const ProcessResult elsewhere = shell(
      "mkdir -p else/where; cd else/where; $SERENE score --resume -o ../../rows.jsonl --manifest "
      "../../list.scp");
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
  EXPECT_NE(elsewhere.err.find("4 kept from before"), std::string::npos) << elsewhere.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
  const ProcessResult back =
      shell("rmdir 002.wav; mv away/* .; $SERENE score --resume -o rows.jsonl --manifest list.scp");
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(count_of("warning", back.err), 0u) << back.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
}

TEST_F(ResumeRunTest, AListThatLacksWhatIsDoneIsRefused) {
  make_recordings(3);
  shell("mkdir -p calls/deep; mv 00[01].wav calls; mv 002.wav calls/deep");
  EXPECT_EQ(shell("$SERENE score -q -r -o rows.jsonl calls none.mp3").exit_code, 5);
  const std::string before = read_file(folder_ / "rows.jsonl"),
                    journal = read_file(folder_ / "rows.jsonl.journal").substr(50);
  const auto expect_refused = [&](const std::string& arguments, const std::string& text) {
    const ProcessResult run = shell("$SERENE score --resume -o rows.jsonl " + arguments);
    EXPECT_EQ(run.exit_code, 2) << arguments << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << arguments << run.err;
    EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before) << arguments;
    EXPECT_EQ(read_file(folder_ / "rows.jsonl.journal").substr(50), journal) << arguments;
  };
  expect_refused("calls",
                 "rows.jsonl: has rows of a recording that is listed no longer, calls/deep/002.wav; "
                 "--drop-missing takes such rows out, or write to another file");
  expect_refused("calls/deep",
                 "rows of 2 recordings that are listed no longer, the first of them calls/000.wav");
  expect_refused("'call/*.wav' new.wav", "rows of 3 recordings");
  shell("mv calls elsewhere");
  expect_refused("-r calls", "rows of 3 recordings");
  expect_refused("-r elsewhere --max-failures 0", "rows of 3 recordings");
  shell("mv elsewhere calls");
  // Error rows alone are no loss: that of none.mp3 goes.
  EXPECT_EQ(shell("$SERENE score -q --resume -r -o rows.jsonl calls").exit_code, 0);
  EXPECT_EQ(rows().size(), 3u);
  EXPECT_EQ(shell("$SERENE score -q --resume --drop-missing -o rows.jsonl calls").exit_code, 0);
  EXPECT_EQ(rows().size(), 2u);
  EXPECT_EQ(shell("$SERENE score -q --drop-missing -o rows.jsonl calls").exit_code, 2) << "without --resume";
}

TEST_F(ResumeRunTest, CsvNamesWhatTheListLacks) {
  make_recordings(2);
  std::filesystem::rename(folder_ / "000.wav", folder_ / "a, \"b\".wav");
  EXPECT_EQ(shell("$SERENE score -q --format csv -o rows.csv *.wav").exit_code, 0);
  const ProcessResult run = shell("$SERENE score --resume --format csv -o rows.csv 001.wav");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("listed no longer, a, \"b\".wav;"), std::string::npos) << run.err;
}

// A folder that root may read whatever its mode says is made unreadable by its descriptor limit no more than
// by chmod, so the test needs another user.
TEST_F(ResumeRunTest, AFolderThatCannotBeListedLosesNoRows) {
  if (::geteuid() == 0 && shell("setpriv --reuid 65534 true").exit_code != 0) GTEST_SKIP() << "no other user";
  make_recordings(2);
  shell("mkdir -p calls/deep; mv 000.wav calls; mv 001.wav calls/deep; chmod 777 . calls");
  const std::string user = ::geteuid() == 0 ? "setpriv --reuid 65534 --clear-groups " : "";
  EXPECT_EQ(shell(user + "$SERENE score -q -r -o rows.jsonl calls").exit_code, 0);
  const std::string before = read_file(folder_ / "rows.jsonl");
  const ProcessResult run = shell("chmod 0 calls/deep; " + user +
                                  "$SERENE score --resume --drop-missing -r -o rows.jsonl calls; code=$?\n"
                                  "chmod 755 calls/deep; exit $code");
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_NE(run.err.find("a folder could not be listed, calls/deep: Permission denied"), std::string::npos)
      << run.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
}

// What standard input names is known at its end alone.
TEST_F(ResumeRunTest, NamesOnStandardInputThatLackWhatIsDoneLoseNoRows) {
  make_recordings(4);
  EXPECT_EQ(shell("ls 00[012].wav | $SERENE score -q -o rows.jsonl -").exit_code, 0);
  write_audio(folder_ / "001.wav", noise(0.3, 800), kWav16);
  const ProcessResult run = shell("ls 00[013].wav | $SERENE score --resume -o rows.jsonl -");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("has rows of a recording that is listed no longer, 002.wav; --drop-missing"),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("2 recordings scored, 0 failed, 2 kept from before"), std::string::npos) << run.err;
  std::vector<std::string> paths;
  for (const Json& row : rows()) paths.push_back(row.at("path"));
  EXPECT_EQ(paths, (std::vector<std::string>{"000.wav", "002.wav", "001.wav", "003.wav"}));
  EXPECT_EQ(shell("ls 00[013].wav | $SERENE score -q --resume --drop-missing -o rows.jsonl -").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), unbroken("000.wav 001.wav 003.wav"));
}

TEST_F(ResumeRunTest, TooManyFailuresTakeNothingOut) {
  make_recordings(2);
  EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl 000.wav 001.wav").exit_code, 0);
  const std::string before = read_file(folder_ / "rows.jsonl");
  const ProcessResult run =
      shell("$SERENE score --resume --drop-missing --max-failures 50% -o rows.jsonl 001.wav a b");
  EXPECT_EQ(run.exit_code, 9) << run.err;
  EXPECT_TRUE(read_file(folder_ / "rows.jsonl").starts_with(before));
}

TEST_F(ResumeRunTest, OtherOptionsAreRefusedByTheirNames) {
  make_recordings(1);
  const auto first_run = [&](const std::string& options) {
    EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl 000.wav " + options).exit_code, 0);
  };
  const auto resume = [&](const std::string& options) {
    return shell("$SERENE score --resume -o rows.jsonl 000.wav " + options);
  };
  const auto expect_refused = [&](const std::string& options, const std::string& name) {
    const ProcessResult run = resume(options);
    EXPECT_EQ(run.exit_code, 2) << options;
    EXPECT_EQ(run.err, "serene: error: " + std::filesystem::canonical(folder_ / "rows.jsonl").string() +
                           ": its rows were made with another " + name +
                           "; run without --resume, or to another file\n");
  };
  first_run("");
  const std::string before = read_file(folder_ / "rows.jsonl");
  expect_refused("--strict", "--strict");
  expect_refused("--window 0.1", "--window");
  expect_refused("--window 0.1 --hop 0.05", "--window");
  expect_refused("--hop 0.1", "--hop");
  expect_refused("--hop 0.2", "--hop");
  expect_refused("--channels 0", "--channels");
  expect_refused("--precision bf16 --device cpu", "--precision");
  expect_refused("--format csv", "--format");
  expect_refused("-m " SERENE_TEST_MODEL, "--model");
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
  first_run("--window 0.1");
  expect_refused("--window 0.1 --hop 0.05", "--hop");
  expect_refused("", "--window");
  EXPECT_EQ(resume("--window 0.1 --hop 0.1").exit_code, 0) << "the same";
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

TEST_F(ResumeRunTest, AFullDiskKeepsWholeRowsOnStandardOutput) {
  make_recordings(40);
  const std::string expected = unbroken();
  for (const char* redirection : {"> rows", ">> rows"}) {
    const ProcessResult run = shell("ulimit -f 4; rm -f rows; { echo before; $SERENE score -q *.wav; } " +
                                    std::string(redirection));
    EXPECT_EQ(run.exit_code, 7) << redirection;
    EXPECT_EQ(run.err, "serene: error: standard output: File too large\n") << redirection;
    const std::string kept = read_file(folder_ / "rows");
    ASSERT_TRUE(kept.starts_with("before\n")) << redirection;
    EXPECT_TRUE(expected.starts_with(kept.substr(7))) << redirection;
    EXPECT_TRUE(kept.ends_with('\n')) << redirection << kept.substr(kept.rfind('\n') + 1);
    EXPECT_GT(kept.size(), 3000u) << redirection;
    EXPECT_EQ(shell("echo behind >>rows; tail -1 rows").out, "behind\n") << redirection;
  }
}

// The list is read twice, to see what it lacks and to score.
TEST_F(ResumeRunTest, FilesThatArePassedOverAreToldOnce) {
  make_recordings(3);
  write_file(folder_ / "notes.txt", "");
  EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl .").exit_code, 0);
  const ProcessResult run = shell("rm 001.wav; $SERENE score --resume --drop-missing -o rows.jsonl .");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const size_t first = run.err.find("in folders passed over");
  ASSERT_NE(first, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find("in folders passed over", first + 1), std::string::npos) << run.err;
  EXPECT_EQ(rows().size(), 2u);
}

// What others have written after the row is theirs.
TEST_F(ResumeRunTest, AFullDiskTakesNothingOfOthersBack) {
  make_recordings(30);
  const ProcessResult run = shell(
      "head -c 6000 /dev/zero >rows; ulimit -f 4; $SERENE score -q *.wav 1<>rows; code=$?; wc -c <rows; exit "
      "$code");
  EXPECT_EQ(run.exit_code, 7) << run.err;
  EXPECT_EQ(run.out, "6000\n");
}

TEST_F(ResumeRunTest, AnOutputThatVanishesDuringTheRunIsNoSuccess) {
  make_recordings(2);
  for (const char* what : {"rm rows.jsonl", "mv rows.jsonl away", "cp rows.jsonl copy; mv copy rows.jsonl"}) {
    const ProcessResult run = shell(
        "rm -f rows.jsonl* names; mkfifo names; $SERENE score -q -o rows.jsonl - <names & p=$!; exec "
        "3>names\n"
        "echo 000.wav >&3; while [ ! -s rows.jsonl ]; do sleep 0.02; done\n" +
        std::string(what) + "; echo 001.wav >&3; exec 3>&-; wait $p");
    EXPECT_EQ(run.exit_code, 7) << what;
    EXPECT_EQ(run.err,
              "serene: error: rows.jsonl: was removed or replaced during the run, and the rows with it\n")
        << what;
  }
}

TEST_F(ResumeRunTest, ARunThatCannotBeginLeavesNothing) {
  make_recordings(1);
  EXPECT_EQ(shell("$SERENE score -o rows.jsonl -m none.safetensors 000.wav").exit_code, 3);
  EXPECT_EQ(shell("$SERENE score -o rows.jsonl --device cuda:99 000.wav").exit_code, 4);
  EXPECT_EQ(shell("mkdir none; $SERENE score -o rows.jsonl none; code=$?; rmdir none; exit $code").exit_code,
            6);
  EXPECT_EQ(shell("ls").out, "000.wav\n");
  EXPECT_EQ(shell("$SERENE score -q -o rows.jsonl 000.wav").exit_code, 0);
  const std::string before = read_file(folder_ / "rows.jsonl");
  EXPECT_EQ(shell("$SERENE score -o rows.jsonl -m none.safetensors 000.wav").exit_code, 3);
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
  EXPECT_EQ(shell("$SERENE score -q --resume -o rows.jsonl 000.wav").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), before);
  // The journal is what the rows are believed by.
  const ProcessResult onto_it = shell("$SERENE score -o rows.jsonl.journal 000.wav");
  EXPECT_EQ(onto_it.exit_code, 2);
  EXPECT_NE(onto_it.err.find("-o rows.jsonl.journal is a journal of serene score, which rows would replace"),
            std::string::npos)
      << onto_it.err;
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
  EXPECT_EQ(count_of("error: 1 recording failed, more", score({"--max-failures", "0", "a"}).err), 1u);
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
