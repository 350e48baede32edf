// `serene enhance` from files to files.
#include <gtest/gtest.h>
#include <sndfile.h>
#include <sys/stat.h>

#include <filesystem>
#include <tuple>

#include "tests/cli/audio/audio_files.h"
#include "tests/cli/audio/bad_inputs.h"
#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

SF_INFO info_of(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  EXPECT_NE(file, nullptr) << path;
  if (file != nullptr) sf_close(file);
  return info;
}

TEST(EnhanceRunTest, WritesSixteenKilohertzMonoOfTheSameLength) {
  const TempFolder folder;
  write_audio(folder / "a.flac", sine(440, 0.5, 44100, 1.0, 2), kFlac, 44100, 2);
  const ProcessResult run = serene({"enhance", folder / "a.flac", "-o", folder / "new/out"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json row = rows_of(run.out).at(0);
  EXPECT_EQ(row["path"], folder / "a.flac");
  EXPECT_EQ(row["enhanced"], folder / "new/out/a.wav");
  EXPECT_EQ(row["seconds"], 1.0);
  const SF_INFO info = info_of(folder / "new/out/a.wav");
  EXPECT_EQ(info.samplerate, 16000);
  EXPECT_EQ(info.channels, 1);
  EXPECT_NEAR(static_cast<double>(info.frames), 16000, 1);
  EXPECT_EQ(info.format & SF_FORMAT_SUBMASK, SF_FORMAT_PCM_16);
}

TEST(EnhanceRunTest, AnEnhancerAloneIsEnoughAndFloatIsAChoice) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.5), kWav16);
  const ProcessResult run =
      serene({"enhance", "-m", SERENE_TEST_ENHANCER, "--float", folder / "a.wav", "-o", folder / "out"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(info_of(folder / "out/a.wav").format & SF_FORMAT_SUBMASK, SF_FORMAT_FLOAT);
}

TEST(EnhanceRunTest, AModelWithoutAnEnhancerIsRefused) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.5), kWav16);
  const ProcessResult run =
      serene({"enhance", "-m", SERENE_TEST_RECOGNISER, folder / "a.wav", "-o", folder / "out"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.err, "serene: error: " SERENE_TEST_RECOGNISER
                     ": the model has no enhancer; trnet, which comes with serene, has one\n");
}

TEST(EnhanceRunTest, WithoutAModelTrnetEnhances) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  const ProcessOptions none{.environment = {{"SERENE_MODEL", ""}}};
  for (const std::vector<std::string>& model :
       {std::vector<std::string>{}, {"-m", "trnet"}, {"-m", SERENE_TEST_MODELS_DIR "/trnet.safetensors"}}) {
    std::vector<std::string> arguments{"enhance", folder / "a.wav", "-o",
                                       folder / ("out" + std::to_string(model.size()))};
    arguments.insert(arguments.end(), model.begin(), model.end());
    const ProcessResult run = serene(arguments, none);
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const std::string by_file = read_file(folder / "out2/a.wav");
  EXPECT_FALSE(by_file.empty());
  EXPECT_EQ(read_file(folder / "out0/a.wav"), by_file);
}

TEST(EnhanceRunTest, TheDefaultModelNamesOneThatEnhances) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  const ProcessResult run = serene({"enhance", "-m", "default", folder / "a.wav", "-o", folder / "out"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_TRUE(run.err.ends_with(
      "/default.safetensors: the model has no enhancer; trnet, which comes with serene, has one\n"))
      << run.err;
  EXPECT_EQ(run.err.find('\n'), run.err.size() - 1) << run.err;
}

TEST(EnhanceRunTest, TheSameInputGivesTheSameBytes) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.5), kWav16);
  for (const char* out : {"one", "two"}) {
    ASSERT_EQ(serene({"enhance", "--float", folder / "a.wav", "-o", folder / out}).exit_code, 0);
  }
  EXPECT_EQ(read_file(folder / "one/a.wav"), read_file(folder / "two/a.wav"));
}

TEST(EnhanceRunTest, TreesKeepTheirShapeAndNamesNeverMeet) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "in/sub");
  for (const char* name : {"in/a.wav", "in/a.flac", "in/sub/a.wav"}) {
    write_audio(folder / name, sine(440, 0.5, 16000, 0.1),
                std::string(name).ends_with("flac") ? kFlac : kWav16);
  }
  const ProcessResult run = serene({"enhance", "-r", folder / "in", "-o", folder / "out"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"out/a.wav", "out/a-2.wav", "out/sub/a.wav"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "out")) {
    EXPECT_NE(entry.path().extension(), ".part");
  }
}

TEST(EnhanceRunTest, BadInputsCostARowEach) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  write_file(folder / "text.wav", "no recording");
  const ProcessResult run = serene(
      {"enhance", folder / "text.wav", folder / "missing.wav", folder / "a.wav", "-o", folder / "out"});
  EXPECT_EQ(run.exit_code, 5);
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["error"]["code"], "unsupported_format");
  EXPECT_EQ(rows[1]["error"]["code"], "not_found");
  EXPECT_TRUE(rows[2].contains("enhanced"));
}

TEST(EnhanceRunTest, FlagsAreThoseOfScore) {
  const TempFolder folder;
  cut_audio(kFlac, 0.5)(folder / "cut.flac");
  twice(kFlac)(folder / "twice.flac");
  write_audio(folder / "silence.wav", std::vector<float>(8000), kWav16);
  write_audio(folder / "square.wav", std::vector<float>(8000, 1.0f), kWav16);
  const ProcessResult run =
      serene({"enhance", "-m", SERENE_TEST_ENHANCER, folder / "cut.flac", folder / "twice.flac",
              folder / "silence.wav", folder / "square.wav", "-o", folder / "out"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["flags"], Json({"truncated"}));
  EXPECT_EQ(rows[0]["declared_seconds"], 4.0);
  EXPECT_LT(rows[0]["seconds"], 3.0);
  EXPECT_EQ(rows[1]["flags"], Json({"trailing_data"}));
  EXPECT_EQ(rows[2]["flags"], Json({"silence"}));
  EXPECT_EQ(rows[3]["flags"], Json({"clipping"}));
  EXPECT_EQ(rows[3]["clipped_share"], 1.0);
}

TEST(EnhanceRunTest, AnInputIsNeverReplaced) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  const std::string before = read_file(folder / "a.wav");
  const ProcessResult run = serene({"enhance", folder / "a.wav", "-o", folder.path()});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(read_file(folder / "a.wav"), before);
}

// Names a writer may choose for a while belong to others, too.
TEST(EnhanceRunTest, NoOtherFileOfTheFolderIsTouched) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  std::filesystem::create_directory(folder / "out");
  write_audio(folder / "out/a.wav.part", sine(330, 0.5, 16000, 0.2), kWav16);
  const std::string before = read_file(folder / "out/a.wav.part");
  const ProcessResult run =
      serene({"enhance", folder / "a.wav", folder / "out/a.wav.part", "-o", folder / "out"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  ASSERT_TRUE(std::filesystem::exists(folder / "out/a.wav.part"));
  EXPECT_EQ(read_file(folder / "out/a.wav.part"), before);
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["seconds"], 0.2);
  // Both outputs, and nothing that was left behind.
  const auto entries = std::filesystem::directory_iterator(folder / "out");
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 3);
}

TEST(EnhanceRunTest, PermissionsAreThoseOfTheUmask) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  const ProcessResult run =
      run_process({"/bin/sh", "-c", "umask 027; \"$0\" enhance \"$1/a.wav\" -o \"$1/out\"",
                   SERENE_TEST_PROGRAM, folder.path()},
                  {.environment = {{"SERENE_MODEL", SERENE_TEST_ENHANCER}}});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(static_cast<int>(std::filesystem::status(folder / "out/a.wav").permissions()), 0640);
}

TEST(EnhanceRunTest, ANameThatCannotBeWrittenCostsItsRow) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "in/sub");
  const std::string long_name(254, 'n');  // its output would have 258 bytes
  const std::string longest = std::string(251, 'm') + ".wav";
  for (const std::string& name : std::vector<std::string>{"a.wav", "b.wav", long_name, longest, "sub/c.wav"})
    write_audio(folder / ("in/" + name), sine(440, 0.5, 16000, 0.1), kWav16);
  std::filesystem::create_directories(folder / "out/a.wav");  // in the way
  write_file(folder / "out/sub", "no folder");
  const ProcessResult run = serene({"enhance", "-m", SERENE_TEST_ENHANCER, "-r", "in/a.wav",
                                    "in/" + long_name, "in/" + longest, "in", "-o", "out"},
                                   {.folder = folder.path()});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 7u) << run.out;
  const auto expect_error = [&](const Json& row, const std::string& path, const std::string& text) {
    EXPECT_EQ(row["path"], path);
    ASSERT_TRUE(row.contains("error")) << row;
    EXPECT_EQ(row["error"]["stage"], "write");
    EXPECT_EQ(row["error"]["code"], "write_failed");
    EXPECT_NE(row["error"]["message"].get<std::string>().find(text), std::string::npos) << row;
  };
  expect_error(rows[0], "in/a.wav", "out/a.wav: is a directory, not a file");
  expect_error(rows[1], "in/" + long_name, "File name too long");
  EXPECT_EQ(rows[2]["enhanced"], "out/" + longest);
  EXPECT_EQ(rows[3]["enhanced"], "out/a-2.wav");
  EXPECT_EQ(rows[4]["enhanced"], "out/b.wav");
  expect_error(rows[6], "in/sub/c.wav", "out/sub/c.wav: Not a directory");
  for (const auto& entry : std::filesystem::directory_iterator(folder / "out"))
    EXPECT_NE(entry.path().extension(), ".part");
  EXPECT_NE(run.err.find("3 recordings enhanced, 4 failed"), std::string::npos) << run.err;
}

// A rename would put a file in the place of either.
TEST(EnhanceRunTest, LinksAreFollowedAndWhatIsNoFileCostsARow) {
  const TempFolder folder;
  for (const char* name : {"a.wav", "b.wav", "c.wav", "d.wav"})
    write_audio(folder / name, sine(440, 0.5, 16000, 0.1), kWav16);
  std::filesystem::create_directory(folder / "out");
  write_file(folder / "there.wav", "old");
  std::filesystem::create_symlink("../there.wav", folder / "out/a.wav");
  std::filesystem::create_symlink("../new.wav", folder / "out/b.wav");
  ASSERT_EQ(::mkfifo((folder / "out/c.wav").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/full", folder / "out/d.wav");
  const ProcessResult run =
      serene({"enhance", "-m", SERENE_TEST_ENHANCER, "a.wav", "b.wav", "c.wav", "d.wav", "-o", "out"},
             {.folder = folder.path()});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  const std::vector<Json> rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 4u) << run.out;
  for (const auto& [i, link, target] :
       {std::tuple(0, "out/a.wav", "there.wav"), std::tuple(1, "out/b.wav", "new.wav")}) {
    EXPECT_EQ(rows[i]["enhanced"], link);
    EXPECT_TRUE(std::filesystem::is_symlink(folder / link)) << link;
    EXPECT_EQ(info_of(folder / target).frames, 1600) << target;
  }
  for (const auto& [i, message] : {std::pair(2, "out/c.wav: is a FIFO, not a file"),
                                   std::pair(3, "out/d.wav: is a device, not a file")}) {
    EXPECT_EQ(rows[i]["error"]["code"], "write_failed");
    EXPECT_EQ(rows[i]["error"]["message"], message);
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "out/c.wav"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "out/d.wav"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(EnhanceRunTest, AFullDiskEndsTheRun) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 1), kWav16);
  // A folder without room: its own mount, where the system lets a user have one.
  const ProcessResult run = run_process({"/bin/sh", "-c",
                                         "cd \"$1\" && mkdir out && exec unshare -rm sh -c 'mount -t tmpfs "
                                         "-o size=4k none out || exit 99; \"$0\" "
                                         "enhance -q a.wav b -o out' \"$0\"",
                                         SERENE_TEST_PROGRAM, folder.path()},
                                        {.environment = {{"SERENE_MODEL", SERENE_TEST_ENHANCER}}});
  if (run.err.find("unshare") != std::string::npos || run.exit_code == 99) GTEST_SKIP() << run.err;
  EXPECT_EQ(run.exit_code, 7) << run.out;
  EXPECT_NE(run.err.find("No space left on device"), std::string::npos) << run.err;
  EXPECT_EQ(run.out, "");
}

TEST(EnhanceRunTest, AFolderThatCannotBeIsNamed) {
  const TempFolder folder;
  write_audio(folder / "a.wav", sine(440, 0.5, 16000, 0.1), kWav16);
  const ProcessResult run =
      serene({"enhance", folder / "a.wav", "-o", folder / "a.wav/out", "-m", "missing"});
  EXPECT_EQ(run.exit_code, 7) << run.err;
  EXPECT_NE(run.err.find("a.wav/out"), std::string::npos);
  for (const char* command : {"enhance", "profile"}) {
    const ProcessResult unnamed = serene({command, folder / "a.wav", "-o", ""});
    EXPECT_EQ(unnamed.exit_code, 2) << command;
    EXPECT_NE(unnamed.err.find("an empty name is no file"), std::string::npos) << unnamed.err;
  }
}

}  // namespace
}  // namespace serene::test
