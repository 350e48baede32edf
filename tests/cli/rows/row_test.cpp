#include "cli/rows/row.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/report/summary.h"
#include "cli/text/base64.h"

namespace serene::cli {
namespace {

const std::vector<std::string> kLabels{"angry", "happy"};

TEST(RowTest, RecordingRowIsAsDocumented) {
  RecordingFacts facts;
  facts.seconds = 3.25;
  EXPECT_EQ(
      to_line(recording_row(row_head("a.wav"), facts, kLabels, {{}, {0.3f, 0.7f}, 0.1f, true}, 1)),
      R"({"schema":1,"path":"a.wav","seconds":3.25,"label":"happy","posterior":{"angry":0.3,"happy":0.7},)"
      R"("coefficient":0.1,"flags":["short"]})"
      "\n");
}

TEST(RowTest, EverythingThatCanBeFlaggedIs) {
  RecordingFacts facts{2.0, true, 8.0, true, true, 0.1234567};
  facts.quiet = true;
  const Row row = recording_row(row_head("a.wav"), facts, kLabels, {{}, {0.5f, 0.5f}, 0.0f, true}, 3);
  EXPECT_EQ(row["flags"], (Row{"short", "silence", "quiet", "clipping", "truncated"}));
  EXPECT_EQ(row["clipped_share"], 0.123457);
  EXPECT_EQ(row["declared_seconds"], 8.0);
  EXPECT_EQ(row["windows"], 3);
}

TEST(RowTest, SilenceHasAReasonAndNoLabel) {
  RecordingFacts facts;
  facts.seconds = 2;
  facts.silence = true;
  facts.silent_share = 1;
  EXPECT_EQ(to_line(recording_row(row_head("a.wav"), facts, kLabels, runtime::recording_score({}), 0)),
            R"({"schema":1,"path":"a.wav","seconds":2.0,"label":null,"posterior":null,"coefficient":null,)"
            R"("reason":"silence","flags":["silence"],"silent_share":1.0})"
            "\n");
}

TEST(RowTest, PausesHaveAShare) {
  RecordingFacts facts;
  facts.silent_share = 0.12345678;
  const Row row = recording_row(row_head("a.wav"), facts, kLabels, {{}, {0.3f, 0.7f}, 0.1f, false}, 2);
  EXPECT_EQ(row["silent_share"], 0.123457);
  EXPECT_FALSE(row.contains("reason"));
}

TEST(RowTest, NoBlendNoCoefficient) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(recording_row(row_head("a.wav"), {}, kLabels, {{}, {1.0f, 0.0f}, nan, false}, 1)["coefficient"]
                  .is_null());
}

TEST(RowTest, WindowRowHasItsPlace) {
  const Row row = window_row(row_head("a.wav"), 2, 10.0, 0.5, kLabels, {{0.25f, 0.75f}, 0.5f, true, 8000});
  EXPECT_EQ(row["window"], 2);
  EXPECT_EQ(row["start"], 10.0);
  EXPECT_EQ(row["seconds"], 0.5);
  EXPECT_EQ(row["label"], "happy");
  EXPECT_EQ(row["flags"], (Row{"short"}));
}

TEST(RowTest, ErrorRowHasStageCodeAndMessage) {
  const Row row = error_row(row_head("a.wav"), InputError(Stage::decode, "empty_audio", "no samples"));
  EXPECT_EQ(
      to_line(row),
      R"({"schema":1,"path":"a.wav","error":{"stage":"decode","code":"empty_audio","message":"no samples"}})"
      "\n");
}

TEST(RowTest, NamesThatAreNotUtf8ComeAsBase64) {
  const Row row = row_head("caf\xe9.wav");
  EXPECT_FALSE(row.contains("path"));
  EXPECT_EQ(row["path_b64"], "Y2Fm6S53YXY=");
}

TEST(RowTest, MessagesThatAreNotUtf8DoNotThrow) {
  EXPECT_NE(
      to_line(error_row(row_head("a"), InputError(Stage::open, "open_failed", "\xff"))).find("open_failed"),
      std::string::npos);
}

TEST(RowTest, ANameWithANewlineStaysOneLine) {
  const std::string line = to_line(row_head("a\nb\"c\td"));
  EXPECT_EQ(line, "{\"schema\":1,\"path\":\"a\\nb\\\"c\\td\"}\n");
}

TEST(RowTest, FloatsAreWrittenAsShortAsTheyAre) {
  EXPECT_EQ(Row(shortest(0.1f)).dump(), "0.1");
  EXPECT_EQ(static_cast<float>(shortest(0.333333343f)), 0.333333343f);
}

TEST(RowTest, Base64) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
}

TEST(SummaryTest, CountsAndFactor) {
  Summary summary;
  summary.add(3, false);
  summary.add(7, false);
  summary.add(0, true);
  EXPECT_EQ(summary.failed(), 1u);
  EXPECT_EQ(summary.text("scored", "cpu", 4),
            "2 recordings scored, 1 failed: 10.0 s of audio in 4.0 s, 2.50 x real time (cpu)");
}

}  // namespace
}  // namespace serene::cli
