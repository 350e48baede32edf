// `serene score`: what has no sound has no say in a recording's label.
#include <fstream>

#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/score/batch_run.h"
#include "tests/support/sanitizers.h"

namespace serene::test {
namespace {

using Samples = std::vector<float>;
// Those that come with serene: of clips as long as they are, and of clips of 3 s.
constexpr const char *kDefault = SERENE_TEST_MODELS_DIR "/default.safetensors",
                     *kTrnet = SERENE_TEST_MODELS_DIR "/trnet.safetensors";
constexpr const char* kSentence = SERENE_TEST_SOURCE_DIR "/samples/neutral.flac";

Samples read_audio(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  Samples samples(static_cast<size_t>(info.frames * info.channels));
  sf_read_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
  return samples;
}

// Its root mean square is 70 dB below full scale.
Samples faint_hiss(size_t count) { return noise(std::pow(10.0, -70.0 / 20) * std::sqrt(3.0), count); }

class SilenceRunTest : public BatchRunTest {
 protected:
  static void append(Samples& samples, const Samples& more) {
    samples.insert(samples.end(), more.begin(), more.end());
  }
  // The sentences, each with a pause after it.
  static Samples talk(const std::vector<Samples>& sentences, const Samples& pause) {
    Samples samples;
    for (const Samples& sentence : sentences) {
      append(samples, sentence);
      append(samples, pause);
    }
    return samples;
  }
  // (frames, 2): the sides take turns, and are silent when the other one talks.
  static Samples call(const std::vector<Samples>& sentences) {
    Samples samples;
    for (size_t i = 0; i < sentences.size(); ++i) {
      for (const float value : sentences[i]) {
        samples.push_back(i % 2 == 0 ? value : 0);
        samples.push_back(i % 2 == 0 ? 0 : value);
      }
    }
    return samples;
  }
  void write(const std::string& name, const Samples& samples, int channels = 1) {
    write_audio(folder_ / name, samples, kWav16, 16000, channels);
  }
  // An hour, without holding it.
  void make_silent_hour(const std::string& name) {
    write(name, Samples(160));
    const uint32_t bytes = 3600 * 32000;
    const auto field = [](uint32_t value) { return std::string(reinterpret_cast<const char*>(&value), 4); };
    poke(folder_ / name, kRiffSizeAt, field(bytes + 36));
    poke(folder_ / name, kDataSizeAt, field(bytes));
    std::filesystem::resize_file(folder_ / name, 44 + bytes);
  }
  std::vector<Json> rows_by(const char* model, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"score", "-q"});
    ProcessOptions options = quick_options(folder_.path());
    options.environment = {{"SERENE_MODEL", model}};
    options.timeout = 500;
    const ProcessResult run = serene(arguments, options);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return rows_of(run.out);
  }
};

// A stretch of sound is scored as a file of its own, so that copies of a sentence, however they are spread
// over a recording, have the sentence's very score.
TEST_F(SilenceRunTest, PausesLeaveASentenceItsScore) {
  // From a frame with sound to one.
  const Samples recording = read_audio(kSentence);
  const Samples sentence(recording.begin(), recording.begin() + 190 * 160), nothing;
  const std::vector<Samples> sentences(4, sentence);
  const Samples pause(2 * 16000), hold(20 * 16000);
  write("sentence.wav", sentence);
  write("talk.wav", talk(sentences, pause));
  write("hold.wav", talk({sentence}, hold));
  write("late.wav", talk({nothing, sentence}, hold));
  write("call.wav", call(sentences), 2);
  for (const char* model : {kDefault, kTrnet}) {
    std::vector<Json> rows = rows_by(model, {"sentence.wav", "talk.wav", "hold.wav", "late.wav"});
    for (const Json& side : rows_by(model, {"--channels", "each", "call.wav"})) rows.push_back(side);
    ASSERT_EQ(rows.size(), 6u);
    EXPECT_EQ(rows[0]["label"], "neutral") << model;
    EXPECT_EQ(rows[0]["coefficient"].is_number(), model == kTrnet);
    EXPECT_FALSE(rows[0].contains("silent_share"));
    const std::vector<size_t> copies{1, 4, 1, 1, 2, 2};
    for (size_t i = 1; i < rows.size(); ++i) {
      SCOPED_TRACE(rows[i]);
      EXPECT_EQ(rows[i]["posterior"], rows[0]["posterior"]);
      EXPECT_EQ(rows[i]["coefficient"], rows[0]["coefficient"]);
      EXPECT_EQ(rows[i].value("windows", 1u), copies[i]);
      const double sound = static_cast<double>(copies[i] * sentence.size()) / 16000;
      EXPECT_NEAR(rows[i]["silent_share"].get<double>(), 1 - sound / rows[i]["seconds"].get<double>(), 1e-6);
    }
    // Windows are where the sentences are.
    const std::vector<Json> windows = rows_by(model, {"--window", "3", "talk.wav"});
    ASSERT_EQ(windows.size(), 5u);
    for (size_t i = 0; i < 4; ++i) {
      const double turn = static_cast<double>(sentence.size() + pause.size()) / 16000;
      EXPECT_DOUBLE_EQ(windows[i]["start"].get<double>(), turn * static_cast<double>(i));
      EXPECT_DOUBLE_EQ(windows[i]["seconds"].get<double>(), static_cast<double>(sentence.size()) / 16000);
    }
  }
}

TEST_F(SilenceRunTest, FaintHissLeavesASentenceItsLabel) {
  const Samples sentence = read_audio(kSentence);
  write("talk.wav", talk(std::vector(4, sentence), faint_hiss(2 * 16000)));
  write("hold.wav", talk({sentence}, faint_hiss(20 * 16000)));
  for (const char* model : {kDefault, kTrnet}) {
    for (const Json& row : rows_by(model, {"talk.wav", "hold.wav"}))
      EXPECT_EQ(row["label"], "neutral") << model << row;
  }
}

TEST_F(SilenceRunTest, SentencesOfEmodbKeepTheirLabel) {
#if SERENE_ADDRESS_SANITIZED
  GTEST_SKIP() << "the model at the speed of AddressSanitizer takes too long for twenty sentences";
#endif
  const std::filesystem::path data = std::filesystem::path(SERENE_TEST_SHARED_DIR) / "data";
  if (!std::filesystem::exists(data / "emodb.csv")) GTEST_SKIP() << data << "/emodb.csv is not there";
  std::ifstream list(data / "emodb.csv");
  std::vector<Samples> sentences;
  for (std::string line; sentences.size() < 20 && std::getline(list, line);) {
    const std::string path = line.substr(0, line.find(','));
    if (line.find(",neutral,") != std::string::npos) sentences.push_back(read_audio(data / path));
  }
  ASSERT_EQ(sentences.size(), 20u);
  write("silence.wav", talk(sentences, Samples(2 * 16000)));
  write("hiss.wav", talk(sentences, faint_hiss(2 * 16000)));
  write("hold.wav", talk({sentences[0]}, Samples(20 * 16000)));
  write("hiss_hold.wav", talk({sentences[0]}, faint_hiss(20 * 16000)));
  write("call.wav", call(sentences), 2);
  for (const char* model : {kDefault, kTrnet}) {
    std::vector<Json> rows = rows_by(model, {"silence.wav", "hiss.wav", "hold.wav", "hiss_hold.wav"});
    for (const Json& side : rows_by(model, {"--channels", "each", "call.wav"})) rows.push_back(side);
    ASSERT_EQ(rows.size(), 6u);
    for (const Json& row : rows) {
      EXPECT_EQ(row["label"], "neutral") << model << row;
      EXPECT_GT(row["posterior"]["neutral"], 0.85) << model << row;
      EXPECT_GT(row["silent_share"], 0.3) << row;
    }
  }
}

// A recording that is turned down, and one longer than a piece of it that is held: TRNet takes it for another
// emotion, the default model does not.
TEST_F(SilenceRunTest, ALevelMakesUpForAQuietRecording) {
  const Samples sentence = read_audio(SERENE_TEST_SOURCE_DIR "/samples/happy.flac");
  const auto at = [](Samples samples, double level) {
    for (float& sample : samples) sample *= static_cast<float>(std::pow(10, level / 20));
    return samples;
  };
  write("sentence.wav", sentence);
  write("quiet.wav", at(sentence, -40));
  write("long.wav", talk({at(sentence, -40)}, Samples(70 * 16000)));
  const std::vector<Json> plain = rows_by(kTrnet, {"sentence.wav", "quiet.wav"});
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0]["flags"], Json({"short"}));
  EXPECT_EQ(plain[1]["flags"], Json({"short", "quiet"}));
  EXPECT_EQ(plain[0]["label"], "happy");
  EXPECT_EQ(plain[1]["label"], "angry");
  const std::vector<Json> rows = rows_by(kTrnet, {"--level", "-20", "sentence.wav", "quiet.wav", "long.wav"});
  ASSERT_EQ(rows.size(), 3u);
  for (const Json& row : rows) {
    EXPECT_EQ(row["label"], "happy") << row;
    EXPECT_EQ(row["flags"], Json({"short"})) << row;
  }
  const std::vector<Json> by_default = rows_by(kDefault, {"sentence.wav", "quiet.wav", "long.wav"});
  ASSERT_EQ(by_default.size(), 3u);
  for (const Json& row : by_default) EXPECT_EQ(row["label"], "happy") << row;
  EXPECT_EQ(by_default[1]["flags"], Json({"quiet"}));
}

TEST_F(SilenceRunTest, AnHourOfSilenceIsOneRowWithoutALabel) {
  make_silent_hour("hour.wav");
  const std::string wanted =
      R"({"schema":1,"path":"hour.wav","seconds":3600.0,"label":null,"posterior":null,"coefficient":null,)"
      R"("reason":"silence","flags":["silence"],"silent_share":1.0})"
      "\n";
  const ProcessResult run = score({"hour.wav"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out, wanted);
  EXPECT_NE(run.err.find("1 recording scored, 0 failed: 3600.0 s of audio"), std::string::npos) << run.err;
  EXPECT_EQ(score({"--window", "0.1", "--hop", "0.05", "hour.wav"}).out, wanted);
}

TEST_F(SilenceRunTest, InCsvSilenceHasEmptyCellsAndItsReason) {
  write("a.wav", Samples(16000));
  const std::string csv = score({"--format", "csv", "a.wav"}).out;
  EXPECT_TRUE(csv.ends_with("\n1,a.wav,,,,,,,,,1.0,,,,,,,silence,,,,,,,,silence,1.0\n")) << csv;
}

TEST_F(SilenceRunTest, ResumeTakesSilenceAsDone) {
  make_recordings(2);
  write("silence.wav", Samples(16000));
  for (const char* format : {"jsonl", "csv"}) {
    score({"-q", "--format", format, "-o", "all", "000.wav", "silence.wav", "001.wav"});
    score({"-q", "--format", format, "-o", "rows", "000.wav", "silence.wav"});
    const ProcessResult run =
        score({"--format", format, "--resume", "-o", "rows", "000.wav", "silence.wav", "001.wav"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_NE(run.err.find("1 recording scored, 0 failed, 2 kept from before, 0 of them failed"),
              std::string::npos)
        << run.err;
    EXPECT_EQ(read_file(folder_ / "rows"), read_file(folder_ / "all"));
  }
}

TEST_F(SilenceRunTest, EvaluateCountsSilenceApart) {
  make_recordings(1);
  write("silence.wav", Samples(16000));
  write_file(folder_ / "m.csv", "path,label\n000.wav,sad\nsilence.wav,sad\n");
  for (const char* format : {"jsonl", "csv"}) {
    score({"-q", "--manifest", "m.csv", "--format", format, "-o", "rows"});
    const ProcessResult run = serene({"evaluate", "rows", "--json"}, quick_options(folder_.path()));
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const Json result = Json::parse(run.out);
    EXPECT_EQ(result["recordings"], 1);
    EXPECT_EQ(result["silent"], 1);
    EXPECT_EQ(result["failed"], 0);
    EXPECT_EQ(result["unlabelled"], 0);
    EXPECT_EQ(result["coefficient"]["recordings"], 1);
  }
}

}  // namespace
}  // namespace serene::test
