// --log-json: every line on standard error is an object.
#include <regex>

#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

class LogJsonRunTest : public BatchRunTest {
 protected:
  // The lines, each with time, level and message.
  static std::vector<Json> lines_of(const std::string& text) {
    static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
    const std::vector<Json> lines = rows_of(text);
    for (const Json& line : lines) {
      EXPECT_TRUE(std::regex_match(line.at("time").get<std::string>(), kTime)) << line;
      EXPECT_TRUE(line.at("level") == "info" || line["level"] == "warning" || line["level"] == "error")
          << line;
      EXPECT_NE(line.at("message"), "");
    }
    return lines;
  }
};

TEST_F(LogJsonRunTest, TheSummaryHasItsNumbersAsFields) {
  make_recordings(3);
  score({"-q", "-o", "rows.jsonl", "000.wav", "gone.wav"});
  const ProcessResult run = score({"--log-json", "--resume", "-o", "rows.jsonl", "000.wav", "gone.wav",
                                   "001.wav", "none.wav", "002.wav"});
  EXPECT_EQ(run.exit_code, 5);
  const std::vector<Json> lines = lines_of(run.err);
  ASSERT_EQ(lines.size(), 1u) << run.err;
  const Json& line = lines[0];
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["event"], "summary");
  EXPECT_EQ(line["scored"], 2);
  EXPECT_EQ(line["failed"], 1);
  EXPECT_EQ(line["kept"], 2);
  EXPECT_EQ(line["kept_failed"], 1);
  EXPECT_NEAR(line["audio_seconds"].get<double>(), 0.1, 1e-9);
  EXPECT_GT(line["seconds"].get<double>(), 0);
  EXPECT_TRUE(line["device"].get<std::string>().starts_with("cpu"));
  EXPECT_TRUE(line["message"].get<std::string>().starts_with(
      "2 recordings scored, 1 failed, 2 kept from before, 1 of them failed: "));
}

TEST_F(LogJsonRunTest, WarningsAndTheCauseOfTheEndAreLinesToo) {
  make_recordings(2);
  const ProcessResult run =
      score({"--log-json", "--metrics-file", "no/such.prom", "--max-failures", "0", "gone", "000.wav"});
  EXPECT_EQ(run.exit_code, 9);
  const std::vector<Json> lines = lines_of(run.err);
  ASSERT_EQ(lines.size(), 3u) << run.err;
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[1]["event"], "summary");
  EXPECT_EQ(lines[2]["level"], "error");
  EXPECT_EQ(lines[2]["message"], "1 recording failed, more than --max-failures 0");
}

// What mpg123 prints of damaged files goes past every logger.
TEST_F(LogJsonRunTest, WhatDecodersPrintIsOneMessageThatNamesTheFile) {
  audio(kMp3)(folder_ / "bad.mp3");
  std::string bytes = read_file(folder_ / "bad.mp3");
  for (const size_t at : {bytes.size() / 3, bytes.size() * 2 / 3})
    bytes.replace(at, 400, std::string(400, 'U'));
  write_file(folder_ / "bad.mp3", bytes);
  const ProcessResult plain = score({"bad.mp3"});
  EXPECT_EQ(plain.exit_code, 0);
  const std::string head = "serene: warning: bad.mp3: the decoder says: ";
  EXPECT_EQ(count_of("\n", plain.err), 2u) << plain.err;
  ASSERT_TRUE(plain.err.starts_with(head)) << plain.err;
  EXPECT_EQ(score({"-q", "bad.mp3"}).err, "");
  const ProcessResult run = score({"--log-json", "bad.mp3"});
  EXPECT_EQ(run.exit_code, 0);
  const std::vector<Json> lines = lines_of(run.err);
  ASSERT_EQ(lines.size(), 2u) << run.err;
  EXPECT_EQ(lines[0]["level"], "warning");
  const std::string warning = plain.err.substr(0, plain.err.find('\n'));
  EXPECT_EQ(lines[0]["message"], warning.substr(std::string("serene: warning: ").size()));
  EXPECT_EQ(lines[1]["event"], "summary");
}

TEST_F(LogJsonRunTest, EveryCommandsErrors) {
  write_file(folder_ / "text", "no rows\n");
  const std::vector<std::vector<std::string>> commands{
      {"score", "--log-json", "-m", "missing", "a"},
      {"score", "--nonsense", "--log-json"},
      {"score", "--log-json"},
      {"enhance", "--log-json", "-m", "missing", "a", "-o", "out"},
      {"evaluate", "--log-json", "text"},
      {"info", "--log-json", "missing"},
      {"check", "--log-json", "missing", "text"},
      {"profile", "--log-json", "-m", "missing"}};
  for (const std::vector<std::string>& command : commands) {
    const ProcessResult run = serene(command, quick_options(folder_.path()));
    EXPECT_NE(run.exit_code, 0);
    const std::vector<Json> lines = lines_of(run.err);
    ASSERT_EQ(lines.size(), 1u) << command[0] << ": " << run.err;
    EXPECT_EQ(lines[0]["level"], "error");
  }
}

TEST_F(LogJsonRunTest, EnhanceSaysWhatItDid) {
  make_recordings(1);
  const ProcessResult run =
      serene({"enhance", "--log-json", "-m", SERENE_TEST_ENHANCER, "000.wav", "gone", "-o", "out"},
             {.folder = folder_.path()});
  EXPECT_EQ(run.exit_code, 5);
  const std::vector<Json> lines = lines_of(run.err);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["enhanced"], 1);
  EXPECT_EQ(lines[0]["failed"], 1);
}

TEST_F(LogJsonRunTest, QuietAndClosedStandardError) {
  make_recordings(1);
  EXPECT_EQ(score({"--log-json", "-q", "000.wav"}).err, "");
  EXPECT_EQ(shell("$SERENE score --log-json 000.wav 2>&-").exit_code, 0);
  EXPECT_EQ(shell("$SERENE score --log-json 000.wav 2>/dev/full").exit_code, 0);
}

}  // namespace
}  // namespace serene::test
