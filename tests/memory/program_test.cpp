// The program with its allocations failing, one at a time and all from one on.
#include <gtest/gtest.h>

#include <climits>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene {
namespace {

using test::Json;
using test::ProcessResult;

constexpr const char* kThread = "cannot start a thread";

class MemoryRun : public testing::Test {
 protected:
  // Two short files, one of them to be resampled.
  void SetUp() override {
    test::write_audio(folder_ / "a.wav", test::sine(440, 0.3, 16000, 0.5), test::kWav16);
    test::write_audio(folder_ / "b.wav", test::sine(300, 0.3, 8000, 0.5, 2), test::kWav16, 8000, 2);
    arguments_ = {"score", "--quiet", "--threads", "1", folder_ / "a.wav", folder_ / "b.wav"};
    const ProcessResult good = test::serene(arguments_);
    ASSERT_EQ(good.exit_code, 0) << good.err;
    wanted_ = test::rows_of(good.out);
    ASSERT_EQ(wanted_.size(), 2u);
  }

  ProcessResult run(std::vector<std::pair<std::string, std::string>> environment) {
    environment.emplace_back("LD_PRELOAD", SERENE_TEST_FAILING_ALLOCATOR);
    return test::serene(arguments_, {.environment = environment});
  }

  // Allocations of a run.
  long count() {
    const std::string path = folder_ / "count";
    run({{"SERENE_COUNT_CALLS", path}});
    long calls = 0;
    std::ifstream(path) >> calls;
    return calls;
  }

  // Every row is right, or says that memory was short.
  void expect_rows(const std::string& out) {
    const std::vector<Json> rows = test::rows_of(out);
    ASSERT_LE(rows.size(), wanted_.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].contains("error")) {
        EXPECT_EQ(rows[i]["error"]["code"], "out_of_memory") << rows[i];
      } else {
        EXPECT_EQ(rows[i], wanted_[i]);
      }
    }
  }

  void expect_in_order(const ProcessResult& run) {
    expect_rows(run.out);
    const bool has_error_row = run.out.find("\"error\"") != std::string::npos;
    if (run.exit_code == 0 || run.exit_code == 5) {
      EXPECT_EQ(run.err, "");
      EXPECT_EQ(run.exit_code == 5, has_error_row);
      EXPECT_EQ(test::rows_of(run.out).size(), wanted_.size());
    } else if (run.exit_code == 4) {
      EXPECT_EQ(run.err.rfind(std::string("serene: error: ") + kThread, 0), 0u) << run.err;
    } else {
      EXPECT_EQ(run.exit_code, 71);
      EXPECT_EQ(run.err, "serene: error: out of memory\n");
    }
  }

  // Fails `count` allocations from `first` on, for every `step`th first.
  void sweep(long count_failing, long step) {
    const long calls = count();
    ASSERT_GT(calls, 1000);
    std::set<int> codes;
    for (long first = 0; first < calls; first += step) {
      SCOPED_TRACE(first);
      const ProcessResult result = run({{"SERENE_FAIL_FIRST", std::to_string(first)},
                                        {"SERENE_FAIL_COUNT", std::to_string(count_failing)}});
      expect_in_order(result);
      codes.insert(result.exit_code);
      if (HasFailure()) return;
    }
    EXPECT_TRUE(codes.contains(71)) << "no allocation failed";
  }

  const test::TempFolder folder_;
  std::vector<std::string> arguments_;
  std::vector<Json> wanted_;
};

TEST_F(MemoryRun, OneFailedAllocationIsARowOrAnExitCode) { sweep(1, 3); }

TEST_F(MemoryRun, WithoutMemoryTheRunEndsInOneLine) { sweep(LONG_MAX, 7); }

TEST_F(MemoryRun, TheLineIsJsonWhereTheLogIs) {
  arguments_.push_back("--log-json");
  const long calls = count();
  int ended = 0;
  for (long first = 0; first < calls; first += 101) {
    const ProcessResult result =
        run({{"SERENE_FAIL_FIRST", std::to_string(first)}, {"SERENE_FAIL_COUNT", std::to_string(LONG_MAX)}});
    expect_rows(result.out);
    if (result.exit_code != 71) continue;
    ++ended;
    // Before --log-json is read, a line is as ever.
    if (result.err == "serene: error: out of memory\n") continue;
    const std::vector<Json> lines = test::rows_of(result.err);
    ASSERT_EQ(lines.size(), 1u) << result.err;
    EXPECT_EQ(lines[0]["level"], "error");
    EXPECT_EQ(lines[0]["message"], "out of memory");
    EXPECT_EQ(lines[0]["time"].get<std::string>().size(), std::string("2026-11-26T23:53:35.833Z").size());
  }
  EXPECT_GT(ended, 0);
}

// As a real system has it: addresses up to a limit, and from none to enough.
TEST_F(MemoryRun, UnderALimitOfMemory) {
  test::write_audio(folder_ / "a.wav", test::sine(440, 0.3, 48000, 20, 2), test::kWav16, 48000, 2);
  const std::string program = SERENE_TEST_PROGRAM;
  std::set<int> codes;
  for (int megabytes = 20; megabytes <= 200; megabytes += 4) {
    SCOPED_TRACE(megabytes);
    const std::string limit = "ulimit -v " + std::to_string(megabytes * 1024) + "; exec \"$0\" \"$@\"";
    std::vector<std::string> command{"/bin/sh", "-c", limit, program};
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    const ProcessResult result =
        test::run_process(command, {.environment = {{"SERENE_MODEL", SERENE_TEST_MODEL}}});
    // The loader found no place for the libraries.
    if (result.exit_code == 127 && result.err.find("shared librar") != std::string::npos) continue;
    codes.insert(result.exit_code);
    for (const Json& row : test::rows_of(result.out)) {
      if (row.contains("error")) {
        EXPECT_EQ(row["error"]["code"], "out_of_memory") << row;
      }
    }
    EXPECT_TRUE(std::set({0, 4, 5, 71}).contains(result.exit_code)) << result.exit_code << result.err;
    if (result.exit_code == 4) {
      EXPECT_NE(result.err.find(kThread), std::string::npos) << result.err;
    }
    if (result.exit_code == 71) {
      EXPECT_EQ(result.err, "serene: error: out of memory\n");
    }
  }
  EXPECT_TRUE(codes.contains(0));
  EXPECT_GT(codes.size(), 1u);
}

}  // namespace
}  // namespace serene
