// Standard output has what a command shows and nothing else, or the command says that it has not.
#include <fcntl.h>
#include <stdlib.h>

#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

// 0.4 s in SDS, of whose blocks of 127 bytes after a header of 21 none begins as it should: libsndfile
// reads on, and prints a line for each on standard output.
void make_sds_that_is_talked_of(const std::string& path) {
  constexpr size_t kHeader = 21, kBlock = 127;
  write_audio(path, sine(440, 0.3, 16000, 0.4), SF_FORMAT_SDS | SF_FORMAT_PCM_16);
  std::string bytes = read_file(path);
  for (size_t at = kHeader; at + kBlock <= bytes.size(); at += kBlock) bytes[at] = 'U';
  write_file(path, bytes);
}

class StandardOutputRunTest : public BatchRunTest {
 protected:
  // Three of eight are talked of, with more than C's streams hold at a time.
  std::string make_list() {
    make_recordings(5);
    for (const char* name : {"a.sds", "b.sds", "c.sds"}) make_sds_that_is_talked_of(folder_ / name);
    return "000.wav a.sds 001.wav b.sds c.sds 002.wav 003.wav 004.wav";
  }
  static void expect_one_warning_each(const std::string& messages) {
    for (const char* name : {"a.sds", "b.sds", "c.sds"}) {
      EXPECT_EQ(count_of(std::string(name) + ": the decoder says: Error A : 55", messages), 1u) << messages;
    }
    EXPECT_EQ(count_of("Error A", messages), 3u) << messages;
  }
};

TEST_F(StandardOutputRunTest, WhatDecodersPrintIsNotAmongRows) {
  const std::string list = make_list();
  for (const std::string format : {"jsonl", "csv"}) {
    const std::string score = "$SERENE score -m " SERENE_TEST_TINY_MODEL " --format " + format + " ";
    // Rows in a file were never torn.
    const ProcessResult file = shell(score + "-o rows." + format + ' ' + list);
    ASSERT_EQ(file.exit_code, 0) << file.err;
    EXPECT_EQ(file.out, "");
    expect_one_warning_each(file.err);
    const std::string rows = read_file(folder_ / ("rows." + format));
    EXPECT_EQ(count_of("\n", rows), format == "csv" ? 9u : 8u);
    for (const char* how : {"", "-o - ", "--log-json ", "--decode-threads 8 ", "-o /dev/stdout "}) {
      const ProcessResult run = shell(score + how + list);
      EXPECT_EQ(run.exit_code, 0) << run.err;
      EXPECT_EQ(run.out, rows) << how;
      expect_one_warning_each(run.err);
    }
    for (const char* how : {"> out", ">> out", "-o /dev/stdout > out", "1<> out"}) {
      const ProcessResult run = shell("rm -f out out.journal; " + score + "-q " + list + ' ' + how);
      EXPECT_EQ(run.exit_code, 0) << run.err;
      EXPECT_EQ(run.err, "");
      EXPECT_EQ(read_file(folder_ / "out"), rows) << how;
    }
    const ProcessResult both = shell(score + list + " > out 2>&1; grep -v ^serene: out");
    EXPECT_EQ(both.out, rows);
  }
}

TEST_F(StandardOutputRunTest, RowsOfEnhanceAreWholeToo) {
  const std::string list = make_list();
  const ProcessResult run = shell("$SERENE enhance -m " SERENE_TEST_ENHANCER " -o out " + list);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  expect_one_warning_each(run.err);
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_EQ(rows[3]["enhanced"], "out/b.wav");
}

TEST_F(StandardOutputRunTest, AnEndOfTheOutputIsSeenBesideDecodersThatPrint) {
  const std::string list = make_list();
  const ProcessResult closed = shell("$SERENE score -q " + list + " >&-");
  EXPECT_EQ(closed.exit_code, 7);
  EXPECT_EQ(closed.err, "serene: error: standard output: Bad file descriptor\n");
  EXPECT_EQ(shell("$SERENE score -q " + list + " >&- 2>&-").exit_code, 7);
  const ProcessResult gone =
      shell("$SERENE score -q --batch 1 --decode-threads 1 " + list + " | head -c 1; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(gone.exit_code, 141);
  EXPECT_EQ(gone.err, "");
  // A half row is taken back.
  const ProcessResult full = shell("ulimit -f 1; $SERENE score -q " + list + " " + list + " > out");
  EXPECT_EQ(full.exit_code, 7);
  EXPECT_EQ(full.err, "serene: error: standard output: File too large\n");
  const std::string rows = read_file(folder_ / "out");
  EXPECT_GT(rows.size(), 500u);
  EXPECT_TRUE(rows.ends_with("}\n")) << rows;
  EXPECT_NO_THROW(rows_of(rows));
}

// Progress is for a terminal on standard error that has no rows.
TEST_F(StandardOutputRunTest, ProgressGoesByWhereRowsGo) {
  make_recordings(1);
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(::grantpt(terminal), 0);
  ASSERT_EQ(::unlockpt(terminal), 0);
  const std::string name = ::ptsname(terminal);
  const int open_end = ::open(name.c_str(), O_RDWR | O_NOCTTY);  // so that what was written stays
  ::fcntl(terminal, F_SETFL, O_NONBLOCK);
  const auto shown = [&](const std::string& command) {
    EXPECT_EQ(shell(command + " 2>" + name).exit_code, 0) << command;
    std::string text(1 << 16, '\0');
    const ssize_t got = ::read(terminal, text.data(), text.size());
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  };
  const std::string enhance = "$SERENE enhance -m " SERENE_TEST_ENHANCER " -o out 000.wav";
  for (const std::string& command : {std::string("$SERENE score 000.wav"), enhance}) {
    EXPECT_NE(shown(command + " >rows").find("\r["), std::string::npos) << command;
    EXPECT_EQ(shown(command + " >" + name).find("\r["), std::string::npos) << command;
    EXPECT_EQ(shown(command + " -q >rows").find("\r["), std::string::npos) << command;
  }
  ::close(open_end);
  ::close(terminal);
}

TEST_F(StandardOutputRunTest, EveryCommandTellsWhereItCannotShow) {
  const std::vector<std::string> commands{
      "score --help",    "enhance --help",
      "evaluate --help", "info --help",
      "check --help",    "profile --help",
      "doctor --help",   "--help",
      "--version",       "info",
      "doctor",          "check $SERENE_MODEL " SERENE_TEST_GOLDEN_DIR "/cmgan_c8_n100.safetensors"};
  for (const std::string& command : commands) {
    for (const auto& [where, cause] :
         {std::pair(">/dev/full", "No space left on device"), std::pair(">&-", "Bad file descriptor")}) {
      const ProcessResult run = shell("$SERENE " + command + ' ' + where);
      EXPECT_EQ(run.exit_code, 7) << command << where;
      EXPECT_EQ(run.err, std::string("serene: error: standard output: ") + cause + '\n') << command << where;
    }
    EXPECT_NE(shell("$SERENE " + command).out, "") << command;
  }
  EXPECT_EQ(shell("exec 3> >(exit 0); wait $!; $SERENE --help >&3").exit_code, 141);
}

}  // namespace
}  // namespace serene::test
