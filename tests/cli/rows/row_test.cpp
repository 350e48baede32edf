#include "cli/rows/row.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/report/summary.h"
#include "cli/rows/row_text.h"
#include "cli/text/base64.h"

namespace serene::cli {
namespace {

const OutputSpec kEmotion{"emotion", SERENE_OUTPUT_CLASSES, 2, {"angry", "happy"}};
const OutputSpec kCoefficient{"coefficient"};
const RowOutputs kOutputs({kEmotion, kCoefficient});

TEST(RowTest, RecordingRowIsAsDocumented) {
  RecordingFacts facts;
  facts.seconds = 3.25;
  EXPECT_EQ(
      to_line(recording_row(row_head("a.wav"), facts, kOutputs, {{}, {{0.3f, 0.7f}, {0.1f}}, true}, 1)),
      R"({"schema":1,"path":"a.wav","seconds":3.25,"label":"happy","posterior":{"angry":0.3,"happy":0.7},)"
      R"("coefficient":0.1,"flags":["short"]})"
      "\n");
}

TEST(RowTest, EverythingThatCanBeFlaggedIs) {
  RecordingFacts facts{2.0, true, 8.0, true, true, 0.1234567};
  facts.quiet = true;
  const Row row = recording_row(row_head("a.wav"), facts, kOutputs, {{}, {{0.5f, 0.5f}, {0.0f}}, true}, 3);
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
  EXPECT_EQ(to_line(recording_row(row_head("a.wav"), facts, kOutputs, runtime::recording_score({}), 0)),
            R"({"schema":1,"path":"a.wav","seconds":2.0,"label":null,"posterior":null,"coefficient":null,)"
            R"("reason":"silence","flags":["silence"],"silent_share":1.0})"
            "\n");
}

TEST(RowTest, PausesHaveAShare) {
  RecordingFacts facts;
  facts.silent_share = 0.12345678;
  const Row row = recording_row(row_head("a.wav"), facts, kOutputs, {{}, {{0.3f, 0.7f}, {0.1f}}, false}, 2);
  EXPECT_EQ(row["silent_share"], 0.123457);
  EXPECT_FALSE(row.contains("reason"));
}

TEST(RowTest, NoBlendNoCoefficient) {
  const Row row =
      recording_row(row_head("a.wav"), {}, RowOutputs({kEmotion}), {{}, {{1.0f, 0.0f}}, false}, 1);
  EXPECT_TRUE(row["coefficient"].is_null());
  EXPECT_FALSE(row.contains("outputs"));
}

const RowOutputs kMany({{"arousal"},
                        kEmotion,
                        {"embedding", SERENE_OUTPUT_VECTOR, 3},
                        {"gender", SERENE_OUTPUT_CLASSES, 2, {"female", "male"}},
                        kCoefficient});

TEST(RowTest, OtherOutputsHaveAFieldOfTheirOwn) {
  const std::vector<std::vector<float>> values{{0.71f}, {0.3f, 0.7f}, {1, 2, 3}, {0.75f, 0.25f}, {0.5f}};
  const std::string scored =
      R"("label":"happy","posterior":{"angry":0.3,"happy":0.7},"coefficient":0.5,"outputs":{"arousal":0.71,)"
      R"("gender":{"label":"female","posterior":{"female":0.75,"male":0.25}}},"flags":[]})"
      "\n";
  EXPECT_EQ(to_line(recording_row(row_head("a"), {}, kMany, {{}, values, false}, 1)),
            R"({"schema":1,"path":"a","seconds":0.0,)" + scored);
  EXPECT_EQ(to_line(window_row(row_head("a"), 0, 0, 1, kMany, {values, false, 8000})),
            R"({"schema":1,"path":"a","window":0,"start":0.0,"seconds":1.0,)" + scored);
  EXPECT_EQ(to_line(recording_row(row_head("a"), {}, kMany, runtime::recording_score({}), 0)),
            R"({"schema":1,"path":"a","seconds":0.0,"label":null,"posterior":null,"coefficient":null,)"
            R"("outputs":null,"reason":"silence","flags":[]})"
            "\n");
}

const RowOutputs kWithLevel({kEmotion, {"arousal"}, {"level"}});

TEST(RowTest, ALevelStandsBesideTheLabel) {
  const std::vector<std::vector<float>> values{{0.3f, 0.7f}, {4.5f}, {0.87f}};
  EXPECT_EQ(to_line(recording_row(row_head("a"), {}, kWithLevel, {{}, values, false}, 1)),
            R"({"schema":1,"path":"a","seconds":0.0,"label":"happy","posterior":{"angry":0.3,"happy":0.7},)"
            R"("coefficient":null,"level":0.87,"outputs":{"arousal":4.5},"flags":[]})"
            "\n");
  const Row refused =
      window_row(row_head("a"), 0, 0, 2, kWithLevel, {values, false, 32000}, runtime::Abstention::no_speech);
  EXPECT_TRUE(refused["label"].is_null());
  EXPECT_EQ(refused["reason"], "no_speech");
  EXPECT_EQ(refused["level"], 0.87);
  const Row silent = recording_row(row_head("a"), {}, kWithLevel, runtime::recording_score({}), 0);
  EXPECT_TRUE(silent.at("level").is_null());
}

TEST(RowTest, ALevelMayStandAlone) {
  const RowOutputs alone = RowOutputs::level_alone({kEmotion, {"arousal"}, {"level"}});
  const std::vector<std::vector<float>> values{{0.3f, 0.7f}, {4.5f}, {0.87f}};
  const Row row = window_row(row_head("a"), 1, 2, 2, alone, {values, false, 32000});
  EXPECT_EQ(to_line(row),
            R"({"schema":1,"path":"a","window":1,"start":2.0,"seconds":2.0,"level":0.87,"flags":[]})"
            "\n");
  const RowText csv(RowFormat::csv, alone);
  EXPECT_TRUE(csv.header().ends_with("reason,silent_share,level\n")) << csv.header();
  EXPECT_TRUE(csv.text(row).ends_with(",,0.87\n")) << csv.text(row);
  EXPECT_EQ(RowOutputs({kEmotion, {"level", SERENE_OUTPUT_VECTOR, 2}}).level(), std::nullopt);
}

// A reason takes the label, not what was measured.
TEST(RowTest, AReasonTakesTheLabelAlone) {
  const Row row = recording_row(
      row_head("a"), {}, kMany,
      {runtime::Abstention::silence, {{0.5f}, {0.3f, 0.7f}, {}, {0.75f, 0.25f}, {0.5f}}, false}, 1);
  EXPECT_TRUE(row["label"].is_null());
  EXPECT_EQ(row["reason"], "silence");
  EXPECT_EQ(row["posterior"]["happy"], 0.7);
  EXPECT_EQ(row["outputs"]["arousal"], 0.5);
}

TEST(RowTest, WindowsHaveReasonsOfTheirOwn) {
  const Row row = window_row(row_head("a"), 0, 0, 1, kOutputs, {{{0.3f, 0.7f}, {0.5f}}, false, 8000},
                             runtime::Abstention::no_speech);
  EXPECT_EQ(to_line(row),
            R"({"schema":1,"path":"a","window":0,"start":0.0,"seconds":1.0,"label":null,)"
            R"("posterior":{"angry":0.3,"happy":0.7},"coefficient":0.5,"reason":"no_speech","flags":[]})"
            "\n");
}

TEST(RowTest, WhatALabelTakesFollowsFromTheOutputs) {
  const runtime::LabelRule plain = kMany.label_rule(0.25);
  EXPECT_EQ(plain.classes, 1u);
  EXPECT_EQ(plain.min_confidence, 0.25);
  EXPECT_FALSE(plain.speech);
  OutputSpec speech{"speech"};
  speech.threshold = 0.5;
  const runtime::LabelRule rule = RowOutputs({{"snr_db"}, speech}).label_rule(0);
  EXPECT_EQ(rule.speech, 1u);
  EXPECT_EQ(rule.speech_threshold, 0.5);
  EXPECT_FALSE(rule.classes);
}

TEST(RowTest, AModelWithoutClassesHasNoLabelAndNoReason) {
  EXPECT_EQ(to_line(recording_row(row_head("a"), {}, RowOutputs({{"arousal"}, {"valence"}}),
                                  {{}, {{0.25f}, {-0.5f}}, false}, 1)),
            R"({"schema":1,"path":"a","seconds":0.0,"label":null,"posterior":null,"coefficient":null,)"
            R"("outputs":{"arousal":0.25,"valence":-0.5},"flags":[]})"
            "\n");
  EXPECT_EQ(recording_row(row_head("a"), {}, RowOutputs({{"x", SERENE_OUTPUT_VECTOR, 2}}), {{}, {{}}, false},
                          1)["outputs"],
            Row::object());
}

TEST(RowTest, CsvColumnsFollowTheOutputs) {
  const auto lines = [](const RowOutputs& outputs, const Row& row) {
    const RowText text(RowFormat::csv, outputs);
    return text.header() + text.text(row);
  };
  const Row row = recording_row(row_head("a"), {}, kMany,
                                {{}, {{0.71f}, {0.3f, 0.7f}, {}, {0.75f, 0.25f}, {0.5f}}, false}, 1);
  EXPECT_EQ(lines(kMany, row),
            "schema,path,path_b64,id,offset,duration,channel,reference,window,start,seconds,label,p_angry,"
            "p_happy,coefficient,flags,clipped_share,declared_seconds,windows,error_stage,error_code,"
            "error_message,columns,reason,silent_share,outputs.arousal,outputs.gender.label,"
            "outputs.gender.posterior.female,outputs.gender.posterior.male\n"
            "1,a,,,,,,,,,0.0,happy,0.3,0.7,0.5,,,,,,,,,,,0.71,female,0.75,0.25\n");
  const Row silent = recording_row(row_head("a"), {}, kMany, runtime::recording_score({}), 0);
  EXPECT_TRUE(lines(kMany, silent).ends_with("1,a,,,,,,,,,0.0,,,,,,,,,,,,,silence,,,,,\n"));
  const RowOutputs none({{"arousal"}});
  EXPECT_EQ(lines(none, recording_row(row_head("a"), {}, none, {{}, {{0.25f}}, false}, 1)),
            "schema,path,path_b64,id,offset,duration,channel,reference,window,start,seconds,label,"
            "coefficient,flags,clipped_share,declared_seconds,windows,error_stage,error_code,"
            "error_message,columns,reason,silent_share,outputs.arousal\n"
            "1,a,,,,,,,,,0.0,,,,,,,,,,,,,0.25\n");
}

TEST(RowTest, WindowRowHasItsPlace) {
  const Row row =
      window_row(row_head("a.wav"), 2, 10.0, 0.5, kOutputs, {{{0.25f, 0.75f}, {0.5f}}, true, 8000});
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
