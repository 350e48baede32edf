// Lists of recordings from files, standard input and patterns, through the program.
#include <fstream>

#include "tests/cli/score/batch_run.h"
#include "tests/support/sanitizers.h"

namespace serene::test {
namespace {

using ListRunTest = BatchRunTest;

std::vector<std::string> paths_of(const std::vector<Json>& rows) {
  std::vector<std::string> paths;
  for (const Json& row : rows) paths.push_back(row.at("path"));
  return paths;
}

TEST_F(ListRunTest, AManifestsWordsComeBackInTheRows) {
  make_recordings(1);
  write_file(folder_ / "m.jsonl", R"({"path":"000.wav","id":"u1","label":"sad","snr":5,"duration":0.04}
{"path":"000.wav","offset":-1,"id":2}
{"path":"none.wav"})");
  const ProcessResult run = score({"--manifest", "m.jsonl"});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  const std::vector<Json> list = rows_of(run.out);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["schema"], 1);
  EXPECT_EQ(list[0]["id"], "u1");
  EXPECT_EQ(list[0]["reference"], "sad");
  EXPECT_EQ(list[0]["columns"], Json({{"snr", 5}}));
  EXPECT_EQ(list[0]["duration"], 0.04);
  EXPECT_EQ(list[0]["seconds"], 0.04);
  EXPECT_EQ(list[1]["id"], 2);
  EXPECT_EQ(list[1]["error"]["stage"], "list");
  EXPECT_EQ(list[1]["error"]["code"], "bad_segment");
  EXPECT_EQ(list[2]["error"]["code"], "not_found");
}

TEST_F(ListRunTest, ASegmentIsScoredAsAFileOfItsOwn) {
  const std::vector<float> sound = noise(0.3, 3 * 16000);
  write_audio(folder_ / "whole.wav", sound, kWav16);
  write_audio(folder_ / "whole.flac", sound, kFlac);
  write_audio(folder_ / "part.wav", std::span(sound).subspan(16000, 4000), kWav16);
  write_audio(folder_ / "part.flac", std::span(sound).subspan(16000, 4000), kFlac);
  write_file(folder_ / "m.csv",
             "path,offset,duration\npart.wav,,\npart.flac,,\nwhole.wav,1,0.25\nwhole.flac,1,0.25\nwhole.wav,"
             "2.9,0.14\n"
             "whole.wav,2.9,0.2\nwhole.flac,3,\nwhole.wav,1e9,\n");
  const std::vector<Json> list = rows_of(score({"--manifest", "m.csv"}).out);
  ASSERT_EQ(list.size(), 8u);
  EXPECT_EQ(list[2]["posterior"], list[0]["posterior"]);
  EXPECT_EQ(list[3]["posterior"], list[1]["posterior"]);
  EXPECT_EQ(list[2]["seconds"], 0.25);
  EXPECT_NEAR(list[4].at("seconds").get<double>(), 0.1, 1e-9) << "a rounded number";
  for (size_t i = 5; i < 8; ++i) EXPECT_EQ(list[i]["error"]["code"], "beyond_the_end") << list[i];
}

TEST_F(ListRunTest, NamesOnStandardInput) {
  make_recordings(3);
  std::filesystem::rename(folder_ / "002.wav", folder_ / "two\nlines.wav");
  const ProcessResult lines = shell("printf '001.wav\\r\\n\\n000.wav' | $SERENE score -q -");
  EXPECT_EQ(lines.exit_code, 0) << lines.err;
  EXPECT_EQ(paths_of(rows_of(lines.out)), (std::vector<std::string>{"001.wav", "000.wav"}));
  const ProcessResult nulls =
      shell("printf '%s\\0' $'two\\nlines.wav' 000.wav | $SERENE score -q 001.wav -0");
  EXPECT_EQ(nulls.exit_code, 0) << nulls.err;
  EXPECT_EQ(paths_of(rows_of(nulls.out)), (std::vector<std::string>{"001.wav", "two\nlines.wav", "000.wav"}));
  const ProcessResult wrong = shell("printf '000.wav\\000a.wav\\n001.wav\\n' | $SERENE score -q -");
  EXPECT_EQ(wrong.exit_code, 5);
  EXPECT_EQ(rows_of(wrong.out).at(0)["error"]["code"], "bad_row");
  EXPECT_EQ(rows_of(wrong.out).at(1)["path"], "001.wav");
  EXPECT_EQ(shell("$SERENE score - </dev/null").exit_code, 6);
}

// Rows come while the list is still being written.
TEST_F(ListRunTest, ARowDoesNotWaitForTheRestOfTheList) {
  make_recordings(1);
  const ProcessResult run = shell(
      "mkfifo names; $SERENE score -q - <names >rows & exec 3>names; echo 000.wav >&3\n"
      "for i in {1..200}; do [ -s rows ] && break; sleep 0.05; done; cat rows; exec 3>&-; wait $!");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(rows_of(run.out).size(), 1u) << "while the list was open";
}

TEST_F(ListRunTest, PatternsThatTheShellLeftAlone) {
  std::filesystem::create_directories(folder_ / "a/b");
  std::filesystem::create_directories(folder_ / ".hidden");
  for (const char* name : {"a/1.wav", "a/2.flac", "a/b/3.wav", "4.wav", ".hidden/5.wav", "[6].wav"}) {
    write_audio(folder_ / name, sine(440, 0.3, 16000, 0.05), kWav16);
  }
  using Paths = std::vector<std::string>;
  const auto found = [&](const std::string& pattern) {
    return paths_of(rows_of(score({"-q", pattern}).out));
  };
  EXPECT_EQ(found("**/*.wav"), (Paths{"4.wav", "[6].wav", "a/1.wav", "a/b/3.wav"}));
  EXPECT_EQ(found("a/?.*"), (Paths{"a/1.wav", "a/2.flac"}));
  EXPECT_EQ(found(folder_ / "*/[1-2].wav"), (Paths{folder_ / "a/1.wav"}));
  EXPECT_EQ(found("[6].wav"), (Paths{"[6].wav"})) << "a file of that very name";
  const ProcessResult none = score({"-q", "*.mp3"});
  EXPECT_EQ(none.exit_code, 5);
  EXPECT_EQ(rows_of(none.out).at(0)["error"]["code"], "not_found");
}

TEST_F(ListRunTest, CsvRowsHaveTheHeadersColumns) {
  make_recordings(1);
  write_file(folder_ / "m.jsonl",
             "{\"path\":\"000.wav\",\"id\":\"a,b\",\"x\":1}\n{\"path\":\"no \\\"file\\\"\"}\n");
  const ProcessResult run = score({"--manifest", "m.jsonl", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 5);
  const Json row = rows_of(score({"--manifest", "m.jsonl"}).out).at(0);
  const auto number = [&](const char* label) { return row["posterior"][label].dump() + ","; };
  EXPECT_EQ(
      run.out,
      "schema,path,path_b64,id,offset,duration,channel,reference,window,start,seconds,label,p_angry,p_happy,"
      "p_neutral,p_sad,coefficient,flags,clipped_share,declared_seconds,windows,error_stage,error_code,"
      "error_message,columns,reason,silent_share\n"
      "1,000.wav,,\"a,b\",,,,,,,0.05," +
          row["label"].get<std::string>() + "," + number("angry") + number("happy") + number("neutral") +
          number("sad") + row["coefficient"].dump() + ",short,,,,,,,\"{\"\"x\"\":1}\",,\n" +
          "1,\"no \"\"file\"\"\",,,,,,,,,,,,,,,,,,,,open,not_found,No such file or directory,,,\n");
}

TEST_F(ListRunTest, FilesOfFoldersThatArePassedOverAreTold) {
  make_recordings(1);
  for (const char* name : {"one", "two", "two/below"}) std::filesystem::create_directory(folder_ / name);
  for (const char* name : {"one/a.wav", "two/below/a.bwf"})
    std::filesystem::copy_file(folder_ / "000.wav", folder_ / name);
  for (const char* name : {"one/call.m4a", "two/b.txt", "two/below/c"}) write_file(folder_ / name, "");
  const std::string line =
      "serene: warning: 3 files in folders passed over, whose names are not those of recordings (the first: "
      "one/call.m4a)\n";
  const ProcessResult run = score({"-r", "two", "one", "000.wav"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(rows_of(run.out).size(), 3u);
  EXPECT_EQ(count_of(line, run.err), 1u) << run.err;
  EXPECT_EQ(score({"-q", "-r", "two", "one"}).err, "");
  EXPECT_EQ(
      count_of("1 file in folders passed over, whose name is not that of a recording (the first: two/b.txt)",
               score({"000.wav", "two"}).err),
      1u);
  EXPECT_EQ(count_of("passed over", score({"000.wav", "one/a.wav"}).err), 0u);
  const ProcessResult enhance = serene(
      {"enhance", "-m", SERENE_TEST_ENHANCER, "-r", "two", "one", "-o", "out"}, {.folder = folder_.path()});
  EXPECT_EQ(count_of(line, enhance.err), 1u) << enhance.err;
  const std::vector<Json> log = rows_of(score({"--log-json", "-r", "two", "one"}).err);
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0]["level"], "warning");
  EXPECT_TRUE(log[0]["message"].get<std::string>().starts_with("3 files in folders passed over"));
}

TEST_F(ListRunTest, EveryExtensionOfTheHelpIsTaken) {
  const std::string help = serene({"score", "--help"}).out;
  const size_t at = help.find("of folders those named ");
  ASSERT_NE(at, std::string::npos) << help;
  std::istringstream words(help.substr(at, help.find(';', at) - at));
  std::filesystem::create_directory(folder_ / "in");
  std::string word;
  for (int i = 0; i < 4; ++i) words >> word;
  size_t count = 0;
  for (; words >> word; ++count) write_file(folder_ / ("in/a." + word), "");
  EXPECT_GE(count, 20u);
  EXPECT_EQ(rows_of(score({"in"}).out).size(), count);
}

TEST_F(ListRunTest, ABadManifestEndsTheRunBeforeItBegins) {
  write_file(folder_ / "m.jsonl", "{\"path\":\"a.wav\"}\n{\"path\":\n");
  write_file(folder_ / "rows.jsonl", "old rows\n");
  const ProcessResult run = score({"--manifest", "m.jsonl", "-o", "rows.jsonl", "--model", "missing"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(count_of("m.jsonl:2:", run.err), 1u) << run.err;
  EXPECT_EQ(read_file(folder_ / "rows.jsonl"), "old rows\n");
  EXPECT_EQ(score({"--manifest", "m.jsonl", "--skip-bad-rows"}).exit_code, 5);
}

TEST_F(ListRunTest, WrongUsageIsNamed) {
  make_recordings(1);
  write_file(folder_ / "m.csv", "path\n000.wav\n");
  const auto expect_usage = [&](const std::string& text, const std::vector<std::string>& arguments) {
    const ProcessResult run = score(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_NE(run.err.find(text), std::string::npos) << run.err;
  };
  expect_usage("no recordings named", {});
  expect_usage("named twice", {"-", "-0"});
  expect_usage("is the manifest", {"--manifest", "m.csv", "-o", "m.csv"});
  expect_usage("-o 000.wav is a recording, which rows would replace", {"000.wav", "-o", "000.wav"});
  expect_usage("-o new.wav: rows are not written to what is called as a recording is",
               {"000.wav", "-o", "new.wav"});
  expect_usage("--resume needs -o", {"000.wav", "--resume"});
  expect_usage("--drop-missing needs --resume", {"000.wav", "--drop-missing", "-o", "rows.jsonl"});
  expect_usage("--resume needs -o", {"000.wav", "--resume", "-o", "/dev/null"});
  expect_usage("--max-failures", {"000.wav", "--max-failures", "some"});
  expect_usage("--max-failures", {"000.wav", "--max-failures", "101%"});
  expect_usage("--format", {"000.wav", "--format", "xml"});
  expect_usage("missing.csv", {"--manifest", "missing.csv"});
  expect_usage("not a file", {"--manifest", "/dev", "--manifest-format", "csv"});
  EXPECT_EQ(read_file(folder_ / "m.csv"), "path\n000.wav\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new.wav"));
}

TEST_F(ListRunTest, WhereNothingWasFoundIsSaid) {
  std::filesystem::create_directory(folder_ / "none");
  write_file(folder_ / "empty.csv", "path\n");
  const auto error_of = [&](const std::string& arguments) {
    const ProcessResult run = shell("$SERENE score " + arguments + " </dev/null");
    EXPECT_EQ(run.exit_code, 6) << arguments;
    return run.err;
  };
  const std::string none = "serene: error: no recordings found";
  EXPECT_EQ(error_of("-"), none + ": standard input names none\n");
  EXPECT_EQ(error_of("-0"), none + ": standard input names none\n");
  EXPECT_EQ(error_of("none"), none + "; --recursive looks into subfolders too\n");
  EXPECT_EQ(error_of("-r none"), none + "\n");
  EXPECT_EQ(error_of("--manifest empty.csv"), none + ": empty.csv names none\n");
}

TEST_F(ListRunTest, ADashIsStandardOutputAndNothingIsNoFile) {
  make_recordings(1);
  const ProcessResult dash = score({"-q", "-o", "-", "000.wav"});
  EXPECT_EQ(dash.exit_code, 0) << dash.err;
  EXPECT_EQ(paths_of(rows_of(dash.out)), (std::vector<std::string>{"000.wav"}));
  EXPECT_EQ(shell("$SERENE score -q -o ./- 000.wav; ls").out, "-\n-.journal\n000.wav\n")
      << "a file of that name";
  EXPECT_EQ(score({"--resume", "-o", "-", "000.wav"}).exit_code, 2);
  for (const char* option : {"-o", "--output", "--metrics-file"}) {
    const ProcessResult run = score({"000.wav", option, ""});
    EXPECT_EQ(run.exit_code, 2) << option;
    EXPECT_EQ(run.out, "") << option;
    EXPECT_NE(run.err.find("an empty name is no file"), std::string::npos) << option << run.err;
  }
}

TEST_F(ListRunTest, MemoryDoesNotGrowWithTheList) {
#if SERENE_ADDRESS_SANITIZED
  GTEST_SKIP() << "AddressSanitizer keeps what is freed";
#endif
  const auto score_missing = [&](int count) {
    {
      // Gone before the program starts: what this process holds as it forks would count as the program's.
      std::ofstream list(folder_ / "list");
      for (int i = 0; i < count; ++i) list << std::string(150, 'x') << i << '\n';
    }
    EXPECT_EQ(shell("$SERENE score -q - <list >/dev/null").exit_code, 5);
    return peak_of_children();
  };
  const int64_t few = score_missing(1000);
  // The names alone are 30 MB.
  EXPECT_LT(score_missing(200000) - few, 10 << 10);
}

#if !SERENE_ADDRESS_SANITIZED  // which takes terabytes of addresses
// Where the system starts no more threads: a container's limit, or no addresses left for their stacks.
TEST_F(ListRunTest, ThreadsThatCannotBeStarted) {
  make_recordings(1);
  const ProcessResult run = shell("ulimit -v 2000000; $SERENE score --threads 1024 *.wav");
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_TRUE(run.err.starts_with("serene: error: cpu: cannot start thread ")) << run.err;
  EXPECT_EQ(run.out, "");
}
#endif

}  // namespace
}  // namespace serene::test
