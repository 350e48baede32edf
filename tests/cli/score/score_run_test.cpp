// `serene score` from files to rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/score/batch_run.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

void expect_posterior(const Json& row) {
  double sum = 0;
  std::string best;
  for (const auto& [label, p] : row.at("posterior").items()) {
    EXPECT_GE(p.get<double>(), 0);
    sum += p.get<double>();
    if (best.empty() || p > row["posterior"][best]) best = label;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_EQ(row["posterior"].size(), 4u);
  EXPECT_EQ(row.at("label"), best);
  EXPECT_GE(row.at("coefficient").get<double>(), 0);
  EXPECT_LE(row["coefficient"].get<double>(), 1);
}

void expect_silence(const Json& row) {
  for (const char* field : {"label", "posterior", "coefficient"})
    EXPECT_TRUE(row.at(field).is_null()) << field;
  EXPECT_EQ(row.at("reason"), "silence");
  EXPECT_EQ(row.at("silent_share"), 1);
  EXPECT_FALSE(row.contains("windows"));
}

TEST(ScoreRunTest, OneRowARecordingInTheOrderGiven) {
  const TempFolder folder;
  write_audio(folder / "b.wav", sine(440, 0.5, 8000, 5), kWav16, 8000);
  write_audio(folder / "a.flac", sine(220, 0.1, 44100, 1, 2), kFlac, 44100, 2);
  const ProcessResult run = serene({"score", folder / "b.wav", folder / "a.flac"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["path"], folder / "b.wav");
  EXPECT_EQ(rows[0]["seconds"], 5.0);
  EXPECT_EQ(rows[0]["flags"], Json::array());
  EXPECT_EQ(rows[1]["path"], folder / "a.flac");
  EXPECT_EQ(rows[1]["flags"], Json({"short"}));
  for (const Json& row : rows) expect_posterior(row);
  EXPECT_NE(run.err.find("2 recordings scored, 0 failed: 6.0 s of audio"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("x real time"), std::string::npos);
}

TEST(ScoreRunTest, EveryBadInputCostsItsOwnRowAndTheRunGoesOn) {
  const TempFolder folder;
  const std::vector<BadInput> inputs = bad_inputs();
  std::vector<std::string> arguments{"score", "--quiet", "--"};
  size_t failures = 0;
  std::vector<BadInput> named;
  for (const BadInput& input : inputs) {
    // A folder as argument is walked, and adds no row of its own.
    if (std::string_view("Folder") == (input.name != nullptr ? input.name : "")) continue;
    if (input.make) input.make(input.file.front() == '/' ? input.file : folder / input.file);
    arguments.push_back(input.file);
    named.push_back(input);
  }
  const ProcessResult run = serene(arguments, {.folder = folder.path(), .timeout = 500});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  EXPECT_EQ(run.err, "");
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), named.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const BadInput& input = named[i];
    const Json& row = rows[i];
    SCOPED_TRACE(input.file + ": " + row.dump());
    if (row.contains("path")) {
      EXPECT_EQ(row["path"], input.file);
    }
    failures += row.contains("error");
    if (input.stage == nullptr) continue;
    if (*input.stage != '\0') {
      ASSERT_TRUE(row.contains("error"));
      EXPECT_EQ(row["error"]["stage"], input.stage);
      if (input.code != nullptr) {
        EXPECT_EQ(row["error"]["code"], input.code);
      }
      EXPECT_NE(row["error"]["message"], "");
    } else {
      ASSERT_FALSE(row.contains("error"));
      if (input.sound) {
        expect_posterior(row);
      } else {
        expect_silence(row);
      }
      EXPECT_EQ(row["flags"], Json(input.flags));
      if (input.seconds != 0) {
        EXPECT_NEAR(row["seconds"].get<double>(), input.seconds, 1e-6);
      }
    }
  }
  EXPECT_GT(failures, 0u);
}

TEST(ScoreRunTest, NamesThatAreNotUtf8ComeAsBase64) {
  const TempFolder folder;
  const std::string name = "caf\xe9.wav";
  write_audio(folder / name, sine(440, 0.5, 16000, 1), kWav16);
  const ProcessResult run = serene({"score", name}, {.folder = folder.path()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(rows_of(run.out).at(0)["path_b64"], "Y2Fm6S53YXY=");
}

TEST(ScoreRunTest, ALongRecordingIsTheMeanOfItsWindows) {
  const TempFolder folder;
  std::vector<float> samples = sine(440, 0.5, 16000, 7);
  for (size_t i = 0; i < samples.size(); ++i)
    samples[i] *= static_cast<float>(i) / static_cast<float>(samples.size());
  write_audio(folder / "long.wav", samples, kWavFloat);
  const ProcessResult whole = serene({"score", folder / "long.wav"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const std::vector<Json> one = rows_of(whole.out);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0]["windows"], 2);

  const ProcessResult windowed = serene({"score", "--window", "5", folder / "long.wav"});
  const std::vector<Json> rows = rows_of(windowed.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["window"], 0);
  EXPECT_EQ(rows[0]["start"], 0.0);
  EXPECT_EQ(rows[1]["start"], 2.0);
  EXPECT_EQ(rows[1]["seconds"], 5.0);
  EXPECT_EQ(rows[2], one[0]);
  for (const auto& [label, p] : rows[2]["posterior"].items()) {
    EXPECT_NEAR(
        p, (rows[0]["posterior"][label].get<double>() + rows[1]["posterior"][label].get<double>()) / 2, 1e-6);
  }
  EXPECT_NEAR(rows[2]["coefficient"],
              (rows[0]["coefficient"].get<double>() + rows[1]["coefficient"].get<double>()) / 2, 1e-6);

  // A window's row is the row of the same sound in a file of its own.
  write_audio(folder / "tail.wav", std::span(samples).subspan(32000), kWavFloat);
  const Json tail = rows_of(serene({"score", folder / "tail.wav"}).out).at(0);
  EXPECT_EQ(tail["posterior"], rows[1]["posterior"]);
}

TEST(ScoreRunTest, RowsDoNotDependOnBatchOrThreads) {
  const TempFolder folder;
  std::vector<std::string> arguments{"score"};
  for (int i = 0; i < 4; ++i) {
    const std::string path = folder / (std::to_string(i) + ".wav");
    write_audio(path, sine(200 + 100 * i, 0.2, 16000, 1.0 + i), kWav16);
    arguments.push_back(path);
  }
  const ProcessOptions options = quick_options(folder.path());
  const std::string reference = serene(arguments, options).out;
  EXPECT_EQ(rows_of(reference).size(), 4u);
  auto seconds = arguments;
  seconds.insert(seconds.end(), {"--batch-seconds", "0.3"});
  EXPECT_EQ(serene(seconds, options).out, reference);
  for (const char* batch : {"1", "3"}) {
    for (const char* threads : {"1", "2"}) {
      auto with = arguments;
      with.insert(with.end(), {"--batch", batch, "--threads", threads});
      EXPECT_EQ(serene(with, options).out, reference) << "batch " << batch << ", threads " << threads;
    }
  }
}

TEST(ScoreRunTest, FoldersAreWalkedInOrder) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "sub");
  for (const char* name : {"b.wav", "a.wav", "sub/c.wav"})
    write_audio(folder / name, sine(440, 0.5, 16000, 0.1), kWav16);
  write_file(folder / "notes.txt", "no recording");
  const std::vector<Json> flat = rows_of(serene({"score", folder.path()}).out);
  ASSERT_EQ(flat.size(), 2u);
  EXPECT_EQ(flat[0]["path"], folder / "a.wav");
  const std::vector<Json> deep = rows_of(serene({"score", "-r", folder.path()}).out);
  ASSERT_EQ(deep.size(), 3u);
  EXPECT_EQ(deep[2]["path"], folder / "sub/c.wav");
}

TEST(ScoreRunTest, StrictMakesTruncationAnError) {
  const TempFolder folder;
  cut_audio(kFlac, 0.5)(folder / "cut.flac");
  const ProcessResult run = serene({"score", "--strict", folder / "cut.flac"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(rows_of(run.out).at(0)["error"]["code"], "truncated");
}

TEST(ScoreRunTest, StrictRefusesSoundBehindTheEnd) {
  const TempFolder folder;
  twice(kOgg)(folder / "twice.ogg");
  const ProcessResult run = serene({"score", "--strict", folder / "twice.ogg"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(rows_of(run.out).at(0)["error"]["code"], "trailing_data");
}

TEST(ScoreRunTest, NumbersKeepTheirDotInAnyLocale) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 1.5), kWav16);
  const ProcessResult run = serene({"score", folder / "a.wav"},
                                   {.environment = {{"LC_ALL", "de_DE.UTF-8"}, {"LANG", "de_DE.UTF-8"}}});
  EXPECT_EQ(rows_of(run.out).at(0)["seconds"], 1.5);
}

TEST(ScoreRunTest, SharedRecordingsGiveOneRowEach) {
  const std::string noisy = std::string(SERENE_TEST_SHARED_DIR) + "/audio/noisy";
  if (!std::filesystem::exists(noisy)) GTEST_SKIP() << noisy << " is not there";
  const ProcessResult run = serene({"score", noisy});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(rows_of(run.out).size(), 8u);
}

// What README's first command shows, by the model that it is shown with.
TEST(ScoreRunTest, SamplesGetTheLabelsThatAreActed) {
  const std::string source = SERENE_TEST_SOURCE_DIR, samples = source + "/samples";
  const ProcessResult run = serene({"score", "--model", source + "/weights/default.safetensors", samples});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::map<std::string, std::string> acted;
  std::istringstream lines(test::read_file(samples + "/labels.csv"));
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(','), second = line.find(',', first + 1);
    acted[line.substr(0, first)] = line.substr(first + 1, second - first - 1);
  }
  const std::vector<Json> rows = rows_of(run.out);
  EXPECT_EQ(rows.size(), 8u);
  EXPECT_EQ(acted.size(), rows.size() + 1);  // a title
  for (const Json& row : rows) {
    const std::string path = row["path"];
    EXPECT_EQ(row["label"], acted["samples" + path.substr(samples.size())]) << path;
    EXPECT_GT(row["seconds"], 2.0) << path;
    EXPECT_EQ(row["posterior"].size(), 4u) << path;
    EXPECT_TRUE(row["coefficient"].is_null()) << path;
  }
}

}  // namespace
}  // namespace serene::test
