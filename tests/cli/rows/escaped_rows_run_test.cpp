// `--escape-formulas`: no cell is a formula to a spreadsheet, and every one comes back.
#include <algorithm>

#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

// Names as files can have them, the last but one in Base64 "+C53YXY=".
const std::vector<std::string> kNames{"=cmd|' -C calc'!A0.wav",
                                      "+a.wav",
                                      "-b.wav",
                                      "@c.wav",
                                      "\td.wav",
                                      "\re.wav",
                                      "'=f.wav",
                                      "''g.wav",
                                      "\xf8.wav",
                                      "=gone,\"1\".wav"};

// The cells of RFC 4180, line by line.
std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
  bool quoted = false;
  for (size_t i = 0; i < csv.size(); ++i) {
    if (csv[i] == '"' && quoted && i + 1 < csv.size() && csv[i + 1] == '"') {
      lines.back().back() += csv[i++];
    } else if (csv[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && csv[i] == ',') {
      lines.back().emplace_back();
    } else if (!quoted && csv[i] == '\n') {
      lines.emplace_back(1);
    } else {
      lines.back().back() += csv[i];
    }
  }
  lines.pop_back();
  return lines;
}

class EscapedRowsRunTest : public BatchRunTest {
 protected:
  void SetUp() override {
    std::string list;
    for (size_t i = 0; i < kNames.size(); ++i) {
      if (i + 1 < kNames.size())
        write_audio(folder_ / kNames[i], sine(100 + 30 * i, 0.3, 16000, 0.05), kWav16);
      names_ += kNames[i] + '\0';
      if (kNames[i].find('\xf8') != std::string::npos) continue;
      const Json row{{"path", kNames[i]},
                     {"id", i % 2 == 0 ? Json("=" + std::to_string(i)) : Json(-1 - int(i))},
                     {"label", i % 3 == 0 ? "+sad" : "angry"},
                     {"place", "@home"}};
      list += row.dump() + '\n';
    }
    write_file(folder_ / "m.jsonl", list);
    write_file(folder_ / "names", names_);
  }
  Json evaluated(const std::string& arguments) {
    const ProcessResult run = shell("$SERENE evaluate --json " + arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Json::parse(run.out);
  }
  std::string names_;
};

TEST_F(EscapedRowsRunTest, NoCellBeginsAFormula) {
  for (const std::string input : {"--manifest m.jsonl", "-0 <names"}) {
    const std::string escaped = shell("$SERENE score -q --format csv --escape-formulas " + input).out;
    const std::string plain = shell("$SERENE score -q --format csv " + input).out;
    const auto lines = cells_of(escaped), as_they_are = cells_of(plain);
    ASSERT_EQ(lines.size(), as_they_are.size());
    ASSERT_EQ(lines.size(), input == "-0 <names" ? 11u : 10u);
    size_t escapes = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(lines[i].size(), as_they_are[i].size() + 1);
      EXPECT_EQ(lines[i].back(), i == 0 ? "formulas_escaped" : "true");
      for (size_t k = 0; k < as_they_are[i].size(); ++k) {
        const std::string& cell = lines[i][k];
        EXPECT_EQ(std::string("=+-@\t\r").find(cell.substr(0, 1)), cell.empty() ? 0 : std::string::npos)
            << cell;
        if (cell == as_they_are[i][k]) continue;
        EXPECT_EQ(cell, '\'' + as_they_are[i][k]);
        ++escapes;
      }
    }
    // The paths but for ''g.wav; ids all, and labels of a third.
    EXPECT_EQ(escapes, input == "-0 <names" ? 9u : 8u + 9u + 4u) << escaped;
  }
}

TEST_F(EscapedRowsRunTest, EvaluateReadsThemBack) {
  shell("$SERENE score -q --manifest m.jsonl -o rows.jsonl");
  shell("$SERENE score -q --manifest m.jsonl --format csv --escape-formulas -o rows.csv");
  // By the rows' own labels, by ids and by paths, as they are.
  write_file(folder_ / "ids.csv", "path,id,label\nx,=0,sad\nx,-2,angry\nx,=2,sad\nx,=6,happy\n");
  write_file(folder_ / "paths.csv", "path,label\n'=f.wav,sad\n''g.wav,angry\n+a.wav,sad\n-b.wav,sad\n");
  for (const char* labels : {"", " --labels ids.csv", " --labels paths.csv"}) {
    const Json json = evaluated(std::string("rows.jsonl --by place") + labels),
               csv = evaluated(std::string("rows.csv --by place") + labels);
    EXPECT_EQ(csv, json) << labels;
    EXPECT_EQ(csv["recordings"], *labels == '\0' ? 8 : 4) << labels;
    EXPECT_TRUE(csv["by"]["place"].contains("@home"));
  }
}

TEST_F(EscapedRowsRunTest, ResumeGoesOnWithThem) {
  const std::string run = "$SERENE score -q --format csv -o rows.csv ";
  shell(run + "--escape-formulas -0 <names");
  const std::string expected = read_file(folder_ / "rows.csv");
  shell("rm rows.csv*; head -zn 4 names >some; " + run + "--escape-formulas -0 <some");
  const ProcessResult without = shell(run + "--resume -0 <names");
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_NE(without.err.find("another --escape-formulas"), std::string::npos) << without.err;
  EXPECT_EQ(shell(run + "--escape-formulas --resume -0 <names").exit_code, 5);
  EXPECT_EQ(read_file(folder_ / "rows.csv"), expected);
  // What is listed no longer is named as it is.
  write_file(folder_ / "last.jsonl", "{\"path\":\"@c.wav\"}\n");
  shell("rm rows.csv*; echo '{\"path\":\"+a.wav\"}' >m; " + run +
        "--escape-formulas --manifest m --manifest-format jsonl");
  const ProcessResult other = shell(run + "--escape-formulas --resume --manifest last.jsonl");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("listed no longer, +a.wav;"), std::string::npos) << other.err;
}

TEST_F(EscapedRowsRunTest, JsonNeedsNoneOfIt) {
  const ProcessResult run = shell("$SERENE score --escape-formulas ./-b.wav");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.err, "serene: error: --escape-formulas needs --format csv\n");
}

}  // namespace
}  // namespace serene::test
