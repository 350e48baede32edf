// `serene score --channels`: which channels are recordings.
#include "tests/cli/score/batch_run.h"

namespace serene::test {
namespace {

// (frames, 2) from two channels of one length.
std::vector<float> interleaved(const std::vector<float>& left, const std::vector<float>& right) {
  std::vector<float> both;
  for (size_t i = 0; i < left.size(); ++i) both.insert(both.end(), {left[i], right[i]});
  return both;
}

std::vector<float> loud_square(size_t count) {
  std::vector<float> samples(count);
  for (size_t i = 0; i < count; ++i) samples[i] = i / 20 % 2 == 0 ? 1.0f : -1.0f;
  return samples;
}

class ChannelsRunTest : public BatchRunTest {
 protected:
  // stereo.wav of 8 kHz, and left.wav and right.wav with a channel each.
  void make_stereo(int rate = 8000) {
    left_ = noise(0.3, static_cast<size_t>(rate));
    right_ = sine(440, 0.4, rate, 1);
    write_audio(folder_ / "stereo.wav", interleaved(left_, right_), kWav16, rate, 2);
    write_audio(folder_ / "left.wav", left_, kWav16, rate);
    write_audio(folder_ / "right.wav", right_, kWav16, rate);
  }
  // The row but for the fields that say which recording it is of.
  static Json verdict(Json row) {
    row.erase("path");
    row.erase("channel");
    return row;
  }
  std::vector<Json> scored(std::vector<std::string> arguments) {
    const ProcessResult run = score(std::move(arguments));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return rows_of(run.out);
  }
  std::vector<float> left_, right_;
};

TEST_F(ChannelsRunTest, EachGivesTheRowsOfFilesWithAChannelEach) {
  make_stereo();
  const ProcessResult run = score({"--channels", "each", "stereo.wav", "left.wav"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("2 recordings scored, 0 failed: 3.0 s of audio"), std::string::npos) << run.err;
  const std::vector<Json> each = rows_of(run.out), alone = scored({"left.wav", "right.wav"});
  ASSERT_EQ(each.size(), 3u);
  EXPECT_EQ(each[0]["channel"], 0);
  EXPECT_EQ(each[1]["channel"], 1);
  EXPECT_EQ(each[2]["channel"], 0) << "of the one there is";
  EXPECT_EQ(verdict(each[0]), verdict(alone[0]));
  EXPECT_EQ(verdict(each[1]), verdict(alone[1]));
  EXPECT_EQ(each[2]["posterior"], each[0]["posterior"]);
  EXPECT_NE(each[0]["posterior"], each[1]["posterior"]);
}

TEST_F(ChannelsRunTest, ANumberTakesThatChannelAndMixTheMean) {
  make_stereo(16000);
  const std::vector<Json> alone = scored({"left.wav", "right.wav"});
  const Json second = scored({"--channels", "1", "stereo.wav"}).at(0);
  EXPECT_EQ(second["channel"], 1);
  EXPECT_EQ(verdict(second), verdict(alone[1]));
  EXPECT_EQ(verdict(scored({"--channels", "0", "stereo.wav"}).at(0)), verdict(alone[0]));
  // What the file holds of them is rounded to 16 bits, and so is the mean of that.
  write_audio(folder_ / "same.wav", interleaved(left_, left_), kWav16, 16000, 2);
  const std::vector<Json> mix = scored({"same.wav"}), named = scored({"--channels", "mix", "same.wav"});
  EXPECT_EQ(verdict(mix[0]), verdict(alone[0]));
  EXPECT_EQ(mix, named);
  EXPECT_FALSE(mix[0].contains("channel"));
}

TEST_F(ChannelsRunTest, FlagsAreTheChannelsOwn) {
  write_audio(folder_ / "a.wav", interleaved(loud_square(16000), std::vector<float>(16000)), kWav16, 16000,
              2);
  const std::vector<Json> rows = scored({"--channels", "each", "a.wav"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["flags"], Json({"clipping"}));
  EXPECT_EQ(rows[0]["clipped_share"], 1.0);
  EXPECT_EQ(rows[1]["flags"], Json({"silence"}));
  EXPECT_EQ(scored({"--channels", "1", "a.wav"})[0]["flags"], Json({"silence"}));
  EXPECT_EQ(scored({"a.wav"})[0]["clipped_share"], 0.5);
}

TEST_F(ChannelsRunTest, WindowsStandBeforeTheirOwnChannel) {
  make_stereo();
  const std::vector<Json> rows = scored({"--channels", "each", "--window", "0.2", "stereo.wav"});
  ASSERT_EQ(rows.size(), 12u);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["channel"], i / 6);
    EXPECT_EQ(rows[i].contains("window"), i % 6 < 5) << rows[i];
    if (i % 6 < 5) {
      EXPECT_EQ(rows[i]["window"], i % 6);
    }
  }
  const std::vector<Json> alone = scored({"--window", "0.2", "right.wav"});
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(verdict(rows[6 + i]), verdict(alone[i]));
}

TEST_F(ChannelsRunTest, AChannelThatIsNotThereIsAnErrorOfTheFile) {
  make_stereo();
  const ProcessResult run = score({"--channels", "1", "left.wav", "stereo.wav", "gone.wav"});
  EXPECT_EQ(run.exit_code, 5);
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["error"], Json({{"stage", "decode"},
                                    {"code", "no_such_channel"},
                                    {"message", "no channel 1: there is 1, counted from 0"}}));
  EXPECT_EQ(rows[0]["channel"], 1);
  EXPECT_FALSE(rows[1].contains("error"));
  EXPECT_EQ(rows[2]["channel"], 1);
  EXPECT_EQ(rows_of(score({"--channels", "7", "stereo.wav"}).out)[0]["error"]["message"],
            "no channel 7: there are 2, counted from 0");
  // What cannot be decoded has no channels.
  const std::vector<Json> each = rows_of(score({"--channels", "each", "gone.wav"}).out);
  ASSERT_EQ(each.size(), 1u);
  EXPECT_FALSE(each[0].contains("channel"));
}

TEST_F(ChannelsRunTest, TheFieldStandsBehindThePartAndInCsv) {
  make_stereo();
  write_file(folder_ / "m.jsonl",
             R"({"path":"stereo.wav","label":"sad","id":"a","offset":0.5,"duration":0.25,"x":1})");
  const std::string json = score({"--channels", "1", "--manifest", "m.jsonl"}).out;
  EXPECT_TRUE(json.starts_with(R"({"schema":1,"path":"stereo.wav","id":"a","offset":0.5,"duration":0.25,)"
                               R"("channel":1,"reference":"sad","columns":{"x":1},)"))
      << json;
  const std::string csv = score({"--channels", "each", "--format", "csv", "stereo.wav"}).out;
  EXPECT_EQ(count_of("\n1,stereo.wav,,,,,0,,", csv), 1u) << csv;
  EXPECT_EQ(count_of("\n1,stereo.wav,,,,,1,,", csv), 1u) << csv;
}

TEST_F(ChannelsRunTest, AManifestsRowHasTheLastWord) {
  make_stereo();
  write_file(folder_ / "m.jsonl",
             "{\"path\":\"stereo.wav\",\"channel\":1}\n{\"path\":\"stereo.wav\",\"channel\":\"each\"}\n"
             "{\"path\":\"stereo.wav\",\"channel\":\"mix\"}\n{\"path\":\"stereo.wav\"}\n"
             "{\"path\":\"stereo.wav\",\"channel\":-1}\n{\"path\":\"stereo.wav\",\"channel\":\"B\"}\n"
             "{\"path\":\"stereo.wav\",\"channel\":0.5}\n");
  const ProcessResult run = score({"--manifest", "m.jsonl", "--channels", "0"});
  EXPECT_EQ(run.exit_code, 5);
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_EQ(rows[0]["channel"], 1);
  EXPECT_EQ(rows[1]["channel"], 0);
  EXPECT_EQ(rows[2]["channel"], 1);
  EXPECT_FALSE(rows[3].contains("channel"));
  EXPECT_EQ(rows[4]["channel"], 0) << "as the option says";
  EXPECT_EQ(rows[5]["error"]["code"], "bad_channel");
  EXPECT_EQ(rows[6]["error"]["message"], "channel is \"B\", not mix, each or a number from 0 on");
  EXPECT_EQ(rows[7]["error"]["stage"], "list");
  write_file(folder_ / "m.csv", "path,channel\nstereo.wav,1\nstereo.wav,\n");
  const std::vector<Json> csv = scored({"--manifest", "m.csv"});
  EXPECT_EQ(csv.at(0), rows[0]);
  EXPECT_EQ(csv.at(1), rows[3]);
}

TEST_F(ChannelsRunTest, AResumedRunKeepsToItsChannels) {
  make_stereo();
  make_recordings(2);
  EXPECT_EQ(score({"-q", "--channels", "each", "-o", "rows.jsonl", "000.wav"}).exit_code, 0);
  for (const char* other : {"mix", "0"}) {
    const ProcessResult run =
        score({"--channels", other, "--resume", "-o", "rows.jsonl", "000.wav", "stereo.wav"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find("another --channels"), std::string::npos) << run.err;
  }
  EXPECT_EQ(score({"--channels", "each", "--resume", "-o", "rows.jsonl", "000.wav", "stereo.wav", "001.wav"})
                .exit_code,
            0);
  score({"-q", "--channels", "each", "-o", "all.jsonl", "000.wav", "stereo.wav", "001.wav"});
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), read_file(folder_ / "all.jsonl"));
  EXPECT_EQ(rows().size(), 4u);
}

TEST_F(ChannelsRunTest, EvaluateCountsEveryChannelsRow) {
  make_stereo();
  write_file(folder_ / "m.csv", "path,label\nstereo.wav,sad\nleft.wav,happy\ngone.wav,sad\n");
  score({"-q", "--channels", "each", "--manifest", "m.csv", "-o", "rows.jsonl"});
  const auto evaluate = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"evaluate", "rows.jsonl", "--json"});
    const ProcessResult run = serene(arguments, quick_options(folder_.path()));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Json::parse(run.out);
  };
  const Json by = evaluate({"--by", "channel"});
  EXPECT_EQ(by["recordings"], 3);
  EXPECT_EQ(by["failed"], 1);
  EXPECT_EQ(by["by"]["channel"]["0"]["recordings"], 2);
  EXPECT_EQ(by["by"]["channel"]["1"]["recordings"], 1);
  // Labels of a channel come before those of the recording.
  std::vector<Json> list = rows();
  write_file(folder_ / "truth.jsonl",
             "{\"path\":\"stereo.wav\",\"channel\":0,\"label\":" + list[0]["label"].dump() +
                 "}\n{\"path\":\"stereo.wav\",\"channel\":1,\"label\":\"none\"}\n"
                 "{\"path\":\"left.wav\",\"label\":\"none\"}\n");
  const Json truth = evaluate({"--labels", "truth.jsonl"});
  EXPECT_EQ(truth["recordings"], 3);
  EXPECT_DOUBLE_EQ(truth["war"], 1.0 / 3);
  EXPECT_EQ(truth["not_scored"], 0);
}

TEST_F(ChannelsRunTest, WrongUsageIsNamed) {
  make_recordings(1);
  for (const char* text : {"left", "-1", "64", "1.5", ""}) {
    const ProcessResult run = score({std::string("--channels=") + text, "000.wav"});
    EXPECT_EQ(run.exit_code, 2) << text;
    EXPECT_NE(run.err.find("--channels"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace serene::test
