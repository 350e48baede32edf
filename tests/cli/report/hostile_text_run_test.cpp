// No name of a file, key, label or column takes over the terminal: what every command prints for people is
// free of control characters.
#include "tests/cli/score/batch_run.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/hostile_text.h"

namespace serene::test {
namespace {

using Arguments = std::vector<std::string>;

class HostileTextRunTest : public BatchRunTest {
 protected:
  // What it prints for people: standard error, and standard output unless that has rows.
  ProcessResult run(const Arguments& arguments, bool rows = false) {
    const ProcessResult result = serene(arguments, quick_options(folder_.path()));
    std::string command = "serene";
    for (const std::string& argument : arguments) command += ' ' + argument;
    EXPECT_FALSE(result.timed_out) << command;
    EXPECT_NE(result.exit_code, 70) << result.err;
    expect_printable(result.err, command + ", standard error");
    if (!rows) expect_printable(result.out, command + ", standard output");
    return result;
  }
  // It fails, and in lines that begin as ours do.
  void refuse(const Arguments& arguments, int exit_code) {
    const ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << arguments.front() << result.err;
    EXPECT_NE(result.err, "");
  }
  // One row of a recording that was scored.
  std::string row(const Json& fields) {
    Json row{{"schema", 1}, {"path", "a"}, {"label", "sad"}, {"reference", "sad"}};
    row.update(fields);
    return row.dump() + '\n';
  }

  const std::string name_ = hostile_name();
};

TEST_F(HostileTextRunTest, ArgumentsThatAreWrong) {
  for (const std::string& text : hostile_texts()) {
    for (const Arguments& arguments : {Arguments{text},
                                       {"--" + text},
                                       {"score", "--" + text},
                                       {"score", "a.wav", "--device", text},
                                       {"enhance", text},
                                       {"profile", text},
                                       {"doctor", text},
                                       {"evaluate", "a", text},
                                       {"info", text, text},
                                       {"check", text}})
      refuse(arguments, 2);
    for (const char* option : {"--window", "--channels", "--format", "--precision", "--threads"})
      refuse({"score", "a.wav", option, text}, 2);
  }
}

TEST_F(HostileTextRunTest, FilesThatAreMissing) {
  make_recordings(1);
  for (const std::string& text : hostile_texts()) {
    for (const Arguments& arguments : {Arguments{"score", "-m", text, "000.wav"},
                                       {"enhance", "-m", text, "000.wav", "-o", "out"},
                                       {"info", text},
                                       {"check", text, "reference"},
                                       {"check", SERENE_TEST_QUICK_MODEL, text},
                                       {"profile", "-m", text}})
      refuse(arguments, 3);
    EXPECT_EQ(run({"doctor", "-m", text}).exit_code, 3);
    for (const Arguments& arguments : {Arguments{"evaluate", text},
                                       {"evaluate", "000.wav", "--labels", text},
                                       {"score", "--manifest", text},
                                       {"profile", "--compare", text}})
      refuse(arguments, 2);
    for (const Arguments& arguments : {Arguments{"score", "000.wav", "-o", "none/" + text},
                                       {"enhance", "000.wav", "-o", "000.wav/" + text},
                                       {"profile", "-o", "000.wav/" + text}})
      refuse(arguments, 7);
    EXPECT_EQ(run({"score", "--max-failures", "0", text}, true).exit_code, 9);
    run({"score", "000.wav", "--metrics-file", "none/" + text}, true);
  }
}

TEST_F(HostileTextRunTest, FilesOfSuchNames) {
  make_recordings(1);
  std::filesystem::create_directory(folder_ / "in");
  std::filesystem::copy_file(folder_ / "000.wav", folder_ / ("in/" + name_ + ".wav"));
  write_file(folder_ / ("in/" + name_ + ".txt"), "passed over");
  std::filesystem::copy_file(SERENE_TEST_QUICK_MODEL, folder_ / name_);
  write_file(folder_ / (name_ + ".rows"), row(Json::object()));

  const ProcessResult scored = run({"score", "-m", name_, "in", "-o", name_ + ".jsonl"}, true);
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_EQ(count_of("passed over", scored.err), 1u) << scored.err;
  // What is passed over is an input that has gone.
  std::filesystem::remove(folder_ / ("in/" + name_ + ".wav"));
  const ProcessResult resumed =
      run({"score", "-m", name_, "--resume", "000.wav", "-o", name_ + ".jsonl"}, true);
  EXPECT_NE(resumed.err, "");
  const ProcessResult dropped =
      run({"score", "-m", name_, "--resume", "--drop-missing", "000.wav", "-o", name_ + ".jsonl"}, true);
  EXPECT_NE(dropped.err, "");

  EXPECT_EQ(run({"info", name_}).exit_code, 0);
  EXPECT_EQ(run({"doctor", "-m", name_, "--device", "cpu"}).exit_code, 0);
  EXPECT_EQ(run({"evaluate", name_ + ".rows"}).exit_code, 0);
  refuse({"evaluate", name_ + ".rows", "--html", name_ + ".rows"}, 2);
  const Arguments profile{"profile",  "-m", name_,           "--device", "cpu",         "--repeat", "1",
                          "--warmup", "0",  "--peak-gflops", "1",        "--peak-gbps", "1"};
  EXPECT_EQ(run(profile).exit_code, 0);
  EXPECT_EQ(run({"enhance", "-m", name_, "000.wav", "-o", name_ + ".out"}, true).exit_code, 0);
  std::filesystem::copy_file(folder_ / "000.wav", folder_ / (name_ + ".wav"));
  refuse({"enhance", "-m", name_, name_ + ".wav", "-o", "."}, 2);
}

TEST_F(HostileTextRunTest, TensorsOfSuchNames) {
  for (const std::string& text : hostile_texts()) {
    const std::string quoted = json_string(text);
    // An input that is known, and a result that is not.
    const std::string header = "{\"in.pcm\":{\"dtype\":\"F32\",\"shape\":[400],\"data_offsets\":[0,1600]}," +
                               quoted + ":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1600,1604]}}";
    write_file(folder_ / "reference", safetensors(header, std::string(1604, '\0')));
    const ProcessResult checked = run({"check", SERENE_TEST_QUICK_MODEL, "reference"});
    EXPECT_EQ(checked.exit_code, 1) << checked.err;
    EXPECT_EQ(count_of("not computed", checked.out), 1u) << checked.out;
    refuse({"info", "reference"}, 3);
    write_file(folder_ / "reference", safetensors("{" + quoted + ":{}}"));
    refuse({"check", SERENE_TEST_QUICK_MODEL, "reference"}, 3);
  }
}

TEST_F(HostileTextRunTest, LabelsAndColumns) {
  for (const std::string& text : hostile_texts()) {
    const std::string name = Json::parse(json_string(text)).get<std::string>();
    write_file(
        folder_ / "rows.jsonl",
        row({{"label", name},
             {"posterior", {{"sad", 0.5}, {name, 0.5}}},
             {"coefficient", 0.5},
             {"columns", {{name, name}}}}) +
            row({{"path", name}, {"reference", name}, {"posterior", {{"sad", 1.0}}}}) +
            row({{"path", "c"}, {"reference", "never given"}, {"posterior", {{"sad", 0.5}, {name, 0.5}}}}));
    const ProcessResult shown = run({"evaluate", "rows.jsonl", "--by", name, "--snr-column", name});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_EQ(count_of("warning", shown.err), 1u) << shown.err;
    refuse({"evaluate", "rows.jsonl", "--snr-column", text + " missing"}, 2);

    // Bytes as they are: CSV is not held to UTF-8.
    const std::string quoted = '"' + text + '"';
    write_file(folder_ / "truth.csv", "path,label," + quoted + "\n" + quoted + "," + quoted + "," + quoted +
                                          "\na," + quoted + "," + quoted + "\n");
    run({"evaluate", "rows.jsonl", "--labels", "truth.csv", "--by", text});
    write_file(folder_ / "truth.csv", "path,label\n" + quoted + "," + quoted + "\n");
    run({"evaluate", "rows.jsonl", "--labels", "truth.csv"});
    // As lists of recordings: columns unknown or twice, values that make no sense.
    for (const std::string& list :
         {quoted + "\nx\n", "path," + quoted + "," + quoted + "\na,b,c\n", "path,offset\na," + quoted + "\n",
          "path,channel\na," + quoted + "\n", "path,id\na," + quoted + "\nb," + quoted + "\n"}) {
      write_file(folder_ / "list.csv", list);
      run({"score", "--manifest", "list.csv"}, true);
    }
    write_file(folder_ / "list.jsonl", Json{{"path", 1}, {name, name}}.dump() + "\n");
    run({"score", "--manifest", "list.jsonl"}, true);
    write_file(folder_ / "wav.scp", text + " " + text + " |\n");
    run({"score", "--manifest", "wav.scp"}, true);
  }
}

TEST_F(HostileTextRunTest, OlderProfiles) {
  const Arguments profile{
      "profile",  "-m", SERENE_TEST_QUICK_MODEL, "--device", "cpu",         "--repeat", "1",
      "--warmup", "0",  "--peak-gflops",         "1",        "--peak-gbps", "1"};
  Arguments json = profile;
  json.push_back("--json");
  Json old = Json::parse(run(json, true).out);
  for (const std::string& text : hostile_texts()) {
    const Json name = Json::parse(json_string(text));
    Json op = old.at("ops").at(0);
    op["name"] = name;
    old["ops"].push_back(op);
    for (const char* key : {"device", "model_sha256"}) old[key] = name;
    write_file(folder_ / "old", old.dump());
  }
  Arguments compare = profile;
  compare.insert(compare.end(), {"--compare", "old"});
  const ProcessResult compared = run(compare);
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_EQ(count_of("gone:", compared.out), 1u) << compared.out;
  for (const std::string& text : hostile_texts()) {
    old["version"] = Json::parse(json_string(text));
    write_file(folder_ / "old", old.dump());
    refuse(compare, 2);
  }
}

// What mpg123 prints of damaged files comes with the file's name.
TEST_F(HostileTextRunTest, WhatDecodersSay) {
  write_audio(folder_ / "good.mp3", sine(440, 0.5, 16000, 3), kMp3);
  std::string bytes = read_file(folder_ / "good.mp3");
  for (const size_t at : {bytes.size() / 3, bytes.size() * 2 / 3})
    bytes.replace(at, 400, std::string(400, 'U'));
  write_file(folder_ / (name_ + ".mp3"), bytes);
  const ProcessResult scored = run({"score", name_ + ".mp3"}, true);
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_EQ(count_of("the decoder says", scored.err), 1u) << scored.err;
}

}  // namespace
}  // namespace serene::test
