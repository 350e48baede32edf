// What ends a run before or in the middle of scoring: usage, model, device, output.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

class ScoreOptionsTest : public testing::Test {
 protected:
  ScoreOptionsTest() { write_audio(wav_, sine(440, 0.5, 16000, 0.5), kWav16); }
  // Exit code of `serene score ARGUMENTS...`; the message must hold `text`.
  void expect_exit(int code, const std::string& text, std::vector<std::string> arguments,
                   const ProcessOptions& options = {}) {
    arguments.insert(arguments.begin(), "score");
    const ProcessResult run = serene(arguments, options);
    EXPECT_EQ(run.exit_code, code) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
    EXPECT_EQ(run.out, "");
  }
  TempFolder folder_;
  std::string wav_ = folder_ / "a.wav";
};

TEST_F(ScoreOptionsTest, WrongUsageIsNamed) {
  expect_exit(2, "paths", {});
  expect_exit(2, "--batch", {"--batch", "0", wav_});
  expect_exit(2, "--batch-seconds", {"--batch-seconds", "0", wav_});
  expect_exit(2, "--threads", {"--threads", "-1", wav_});
  expect_exit(2, "--window", {"--window", "0", wav_});
  expect_exit(2, "--window", {"--window", "nan", wav_});
  expect_exit(2, "--device", {"--device", "tpu", wav_});
  expect_exit(2, "--nonsense", {"--nonsense", wav_});
  expect_exit(2, "--hop is longer", {"--window", "1", "--hop", "2", wav_});
  expect_exit(2, "longer than the model's clip of 5 s", {"--window", "6", wav_});
  expect_exit(2, "longer than the model's clip of 5 s", {"--hop", "6", wav_});
}

TEST_F(ScoreOptionsTest, NumbersAreDecimalAndWhole) {
  expect_exit(2, "--batch: 1.5 is no whole number from 1 to 4096", {"--batch", "1.5", wav_});
  expect_exit(2, "--batch: 0x10 is no whole number", {"--batch", "0x10", wav_});
  expect_exit(2, "--batch: 5000 is no whole number", {"--batch", "5000", wav_});
  expect_exit(2, "--batch-seconds: nan is no number from 0.01 to", {"--batch-seconds", "nan", wav_});
  expect_exit(2, "--window: nan is no number", {"--window", "nan", wav_});
  expect_exit(2, "--hop: inf is no number", {"--hop", "inf", wav_});
  expect_exit(2, "--decode-threads: 2x is no whole number", {"--decode-threads", "2x", wav_});
  expect_exit(2, "--format: CSV not in {", {"--format", "CSV", wav_});
  expect_exit(2, "--format: 1 not in {", {"--format", "1", wav_});
  // Decimal, not octal: 09 would not be a number there.
  expect_exit(2, "--threads: 2000 is no whole number from 0 to 1024", {"--threads", "2000", wav_});
  EXPECT_EQ(serene({"score", "-q", "--threads", "010", "--decode-threads", "09", wav_}).exit_code, 0);
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--seconds", "nan"}, {"--peak-gflops", "nan"}, {"--peak-gbps", "inf"}, {"--repeat", "1.5"}}) {
    const ProcessResult run = serene({"profile", wrong[0], wrong[1]});
    EXPECT_EQ(run.exit_code, 2) << wrong[0];
    EXPECT_NE(run.err.find(wrong[0] + ": " + wrong[1] + " is no "), std::string::npos) << run.err;
  }
}

TEST_F(ScoreOptionsTest, TheOutputIsNeverAnInput) {
  const std::string before = read_file(wav_);
  expect_exit(2, "is a recording", {wav_, "-o", wav_});
  expect_exit(2, "is a recording", {folder_.path(), "-o", wav_});
  EXPECT_EQ(read_file(wav_), before);
}

TEST_F(ScoreOptionsTest, ModelsThatCannotBeUsed) {
  const auto with = [](const std::string& model) {
    return ProcessOptions{.environment = {{"SERENE_MODEL", model}}};
  };
  expect_exit(3, "missing.safetensors", {wav_}, with(folder_ / "missing.safetensors"));
  write_file(folder_ / "text.safetensors", "not a model");
  expect_exit(3, "text.safetensors", {"--model", folder_ / "text.safetensors", wav_});
  expect_exit(3, SERENE_TEST_ENHANCER ": the model has no classifier, it can enhance only\n",
              {"--model", SERENE_TEST_ENHANCER, wav_});
  expect_exit(
      3, SERENE_TEST_RECOGNISER ": the classifier needs enhanced speech, and the model has no enhancer\n",
      {"--model", SERENE_TEST_RECOGNISER, wav_});
  ::mkfifo((folder_ / "fifo").c_str(), 0600);
  expect_exit(3, "fifo", {"--model", folder_ / "fifo", wav_});
}

TEST_F(ScoreOptionsTest, WithoutAModelTheDefaultScores) {
  const ProcessOptions none{.environment = {{"SERENE_MODEL", ""}}};
  const ProcessResult run = serene({"score", "--quiet", wav_}, none);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["posterior"].size(), 4u);
  EXPECT_TRUE(rows[0].contains("coefficient"));
  // The file that is shipped, and its printed checksum.
  const std::string checksum = read_file(SERENE_TEST_MODELS_DIR "/default.safetensors.sha256").substr(0, 64);
  EXPECT_NE(serene({"info"}, none).out.find(checksum), std::string::npos);
}

TEST_F(ScoreOptionsTest, AProgramOutsideOfItsFolderHasNoDefault) {
  std::filesystem::create_directory(folder_ / "bin");
  std::filesystem::copy_file(SERENE_TEST_PROGRAM, folder_ / "bin/serene");
  const ProcessResult run =
      run_process({folder_ / "bin/serene", "score", wav_}, {.environment = {{"SERENE_MODEL", ""}}});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_NE(run.err.find("no model: name one with --model or SERENE_MODEL"), std::string::npos) << run.err;
  EXPECT_EQ(run.out, "");
}

TEST_F(ScoreOptionsTest, AShippedModelIsFoundByItsName) {
  std::filesystem::create_directories(folder_ / "bin");
  std::filesystem::create_directories(folder_ / "share/serene");
  std::filesystem::create_directories(folder_ / "here");
  std::filesystem::copy_file(SERENE_TEST_PROGRAM, folder_ / "bin/serene");
  std::filesystem::copy_file(SERENE_TEST_MODEL, folder_ / "share/serene/other.safetensors");
  std::filesystem::copy_file(SERENE_TEST_ENHANCER, folder_ / "share/serene/default.safetensors");
  const auto info = [&](const std::string& model) {
    return run_process({folder_ / "bin/serene", "info", "--json", model},
                       {.environment = {{"SERENE_MODEL", ""}}, .folder = folder_ / "here"});
  };
  const auto hash_of = [&](const std::string& model) {
    const ProcessResult run = info(model);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.exit_code == 0 ? rows_of(run.out).at(0)["sha256"].get<std::string>() : "";
  };
  EXPECT_EQ(hash_of("other"), hash_of(SERENE_TEST_MODEL));
  EXPECT_EQ(hash_of("default"), hash_of(SERENE_TEST_ENHANCER));
  const ProcessResult unknown = info("nothing");
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_NE(unknown.err.find(
                "nothing: no such file, and no model that comes with serene: those are default, other"),
            std::string::npos)
      << unknown.err;
  // A path is no name, and a file of that name in the folder takes precedence.
  EXPECT_NE(info("./other").err.find("./other: "), std::string::npos);
  std::filesystem::copy_file(SERENE_TEST_ENHANCER, folder_ / "here/other");
  EXPECT_EQ(hash_of("other"), hash_of(SERENE_TEST_ENHANCER));
}

TEST_F(ScoreOptionsTest, PathsAreTakenAsTheyAre) {
  const std::vector<std::string> names{"[a,b]", "[x]", "{}", "[]", "%%", "a,b", "[[c],[d]]"};
  for (const std::string& name : names) write_audio(folder_ / name, sine(440, 0.5, 16000, 0.1), kWav16);
  std::filesystem::create_directory(folder_ / "[2026-11-22]");
  write_audio(folder_ / "[2026-11-22]/a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  for (const char* command : {"score", "enhance"}) {
    std::vector<std::string> arguments{command, "-q", "--device", "cpu"};
    if (arguments[0] == "enhance") arguments.insert(arguments.end(), {"-o", "[out,put]"});
    arguments.insert(arguments.end(), names.begin(), names.end());
    arguments.push_back("[2026-11-22]");
    const ProcessResult run = serene(arguments, {.folder = folder_.path()});
    EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
    std::vector<std::string> paths;
    for (const Json& row : rows_of(run.out)) paths.push_back(row.at("path"));
    std::vector<std::string> wanted = names;
    wanted.push_back("[2026-11-22]/a.wav");
    EXPECT_EQ(paths, wanted) << command;
  }
  const ProcessResult check = serene({"check", SERENE_TEST_MODEL, "[a,b]"}, {.folder = folder_.path()});
  EXPECT_EQ(check.exit_code, 3);
  EXPECT_NE(check.err.find("[a,b]"), std::string::npos) << check.err;
}

TEST_F(ScoreOptionsTest, NothingToScore) {
  std::filesystem::create_directory(folder_ / "empty");
  expect_exit(6, "no recordings", {folder_ / "empty"});
}

TEST_F(ScoreOptionsTest, OutputThatCannotBeWritten) {
  // Before the model is looked at.
  expect_exit(7, "rows.jsonl", {wav_, "-o", folder_ / "no/such/rows.jsonl", "--model", "missing"});
  expect_exit(7, folder_.path(), {wav_, "-o", folder_.path()});
  expect_exit(7, "/dev/full", {wav_, "-o", "/dev/full"});
  expect_exit(7, "standard output", {wav_}, {.stdout_path = "/dev/full"});
  expect_exit(7, "standard output", {wav_}, {.close_stdout = true});
}

TEST_F(ScoreOptionsTest, RowsGoToTheFile) {
  write_file(folder_ / "rows.jsonl", "rows of another run\n");
  expect_exit(0, "1 recording scored", {wav_, "-o", folder_ / "rows.jsonl"});
  const std::vector<Json> rows = rows_of(read_file(folder_ / "rows.jsonl"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["path"], wav_);
}

TEST_F(ScoreOptionsTest, AModelThatFailsLeavesOldRowsAlone) {
  write_file(folder_ / "rows.jsonl", "rows of another run\n");
  expect_exit(3, "missing", {wav_, "-o", folder_ / "rows.jsonl", "--model", "missing"});
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), "rows of another run\n");
}

TEST_F(ScoreOptionsTest, AReaderThatGoesAwayEndsTheRunQuietly) {
  std::vector<std::string> arguments{"score", "--batch", "1"};
  for (int i = 0; i < 50; ++i) arguments.push_back(i % 2 == 0 ? wav_ : "missing");
  const ProcessResult run = serene(arguments, {.close_after = 1});
  EXPECT_EQ(run.exit_code, 141);
  EXPECT_EQ(run.err, "");
}

TEST_F(ScoreOptionsTest, QuietSaysNothing) {
  const ProcessResult run = serene({"score", "--quiet", wav_, "-o", folder_ / "rows"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out + run.err, "");
}

TEST(ProgramTest, HelpAndVersion) {
  const ProcessResult help = serene({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* text :
       {"score", "evaluate", "enhance", "info", "check", "profile", "doctor", "Exit codes", "141"}) {
    EXPECT_NE(help.out.find(text), std::string::npos) << text;
  }
  for (const char* command : {"score", "evaluate", "enhance", "info", "check", "profile", "doctor"}) {
    const ProcessResult run = serene({command, "--help"});
    EXPECT_EQ(run.exit_code, 0) << command;
    EXPECT_EQ(run.err, "") << command;
  }
  const ProcessResult version = serene({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out.substr(0, 7), "serene ");
}

// The examples of a help by themselves, without what explains them.
std::vector<std::string> examples_of(const std::string& help) {
  std::vector<std::string> examples;
  std::istringstream lines(help.substr(std::min(help.find("Examples:"), help.size())));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  serene ") || line.find('|') != std::string::npos) continue;
    examples.push_back(line.substr(2, line.find("  ", 2) - 2));
  }
  return examples;
}

TEST(ProgramTest, ExamplesOfTheHelpsWorkWithTheDefaultModel) {
  const TempFolder folder;
  for (const char* name : {"bin", "calls"}) std::filesystem::create_directory(folder / name);
  std::filesystem::create_symlink(SERENE_TEST_PROGRAM, folder / "bin/serene");
  std::filesystem::create_symlink(SERENE_TEST_MODELS_DIR "/default.safetensors",
                                  folder / "model.safetensors");
  // Speech, which alone gets a label.
  std::vector<float> sound;
  for (const float sample : read_audio(SERENE_TEST_SOURCE_DIR "/samples/sad.flac"))
    sound.insert(sound.end(), {sample, sample / 2});
  for (const char* name : {"call.wav", "talk.flac", "noisy.flac", "-odd-name.wav", "calls/a.wav"})
    write_audio(folder / name, sound, std::string(name).ends_with("flac") ? kFlac : kWav16, 16000, 2);
  write_file(folder / "calls.csv", "path,label,snr,noise\ncall.wav,sad,5,rain\n");
  std::filesystem::copy_file(folder / "calls.csv", folder / "test.csv");
  std::filesystem::copy_file(folder / "calls.csv", folder / "truth.csv");
  size_t count = 0;
  for (const char* command : {"score", "enhance", "evaluate"}) {
    for (const std::string& example : examples_of(serene({command, "--help"}).out)) {
      const ProcessResult run = run_process({"/usr/bin/env", "bash", "-c", "PATH=$PWD/bin:$PATH; " + example},
                                            {.environment = {{"SERENE_MODEL", ""}}, .folder = folder.path()});
      EXPECT_EQ(run.exit_code, 0) << example << '\n' << run.err;
      ++count;
    }
  }
  EXPECT_GE(count, 11u);
}

TEST(ProgramTest, WithoutACommandItShowsItsHelp) {
  const ProcessResult run = serene({});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("Usage: serene"), std::string::npos);
}

}  // namespace
}  // namespace serene::test
