// The program as its users meet it: exit codes, one line of error, nothing run and nothing left behind.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "tests/converter/checkpoint_files.h"
#include "tests/support/hostile_text.h"
#include "tests/support/sanitizers.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_folder.h"

namespace serene {
namespace {

namespace p = test::pickle;

class Program : public testing::Test {
 protected:
  test::ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SERENE_TEST_CONVERT);
    return test::run_process(arguments, {.folder = folder.path(), .timeout = 60});
  }
  std::string file(const std::string& name, const std::string& bytes) {
    test::write_file(folder / name, bytes);
    return folder / name;
  }
  // The program refuses `path` with one line that names it and the cause, and writes nothing.
  void expect_refused(const std::string& path, const std::string& cause) {
    const test::ProcessResult result =
        run({"--ser", path, "--labels", "a,b,c,d", "-o", folder / "out.safetensors"});
    EXPECT_FALSE(result.timed_out);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_TRUE(result.err.starts_with("serene-convert: " + path + ": ")) << result.err;
    EXPECT_NE(result.err.find(cause), result.err.npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "out.safetensors"));
  }

  test::TempFolder folder;
};

TEST_F(Program, RefusesBadFilesInOneLine) {
  expect_refused(folder / "gone.pt", "No such file or directory");
  expect_refused(folder.path(), "has no config.json: not a folder of a Hugging Face checkpoint");
  expect_refused("/dev/zero", "is a device, not a file");
  expect_refused(file("empty.pt", ""), "empty, not a PyTorch zip or safetensors file");
  expect_refused(file("text.pt", "hello\n"), "not a PyTorch zip or safetensors file");
  expect_refused(file("cut.pt", test::one_tensor_zip().substr(0, 200)), "truncated");
  expect_refused(file("other.pt", test::one_tensor_zip()), "no recogniser");
  expect_refused(file("swapped.pt", test::checkpoint_of(test::se_tensors())), "were --se and --ser swapped?");
  auto tensors = test::ser_tensors();
  tensors["ser.a\nb\x1b[2J"] = weights::from_float("x", {1}, std::vector<float>{1});
  expect_refused(file("lines.pt", test::checkpoint_of(tensors)), "a\\nb\\x1b[2J is not part of the network");
  expect_refused(file("lines.safetensors", test::safetensors("{\"a\\nb\":{}}")), "a\\nb: needs dtype");
}

TEST_F(Program, DoesNotWaitForAFifo) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  expect_refused(folder / "fifo", "is a FIFO, not a file");
}

TEST_F(Program, RunsNothingOutOfAPickle) {
  const std::string canary = folder / "canary", command = "touch '" + canary + "'";
  const std::string call = p::tuple({p::text(command)});
  int count = 0;
  for (const std::string& pickle : {
           "cos\nsystem\n(S\"" + command + "\"\ntR.",
           "(S\"" + command + "\"\nios\nsystem\n.",
           "(" + p::global("os", "system") + p::text(command) + "o.",
           p::document(p::global("os", "system") + call + "R"),
           p::document(p::global("os", "system") + call + "\x81"),
           p::document(p::stack_global("os", "system") + call + "R", 4),
           p::document(p::call(p::global("builtins", "eval"),
                               {p::text("__import__('os').system(\"" + command + "\")")})),
           p::document(p::call(p::call(p::global("functools", "partial"), {p::global("os", "system")}),
                               {p::text(command)})),
       }) {
    expect_refused(file("evil" + std::to_string(count) + ".pt", test::torch_zip(pickle, {})),
                   "is not allowed at byte");
    expect_refused(file("old" + std::to_string(count++) + ".pt", test::torch_legacy(pickle, {})),
                   "is not allowed at byte");
    EXPECT_FALSE(std::filesystem::exists(canary));
  }
}

TEST_F(Program, NamesWrongUsage) {
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors())),
                    out = folder / "out.safetensors";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"-o", out},
           {"--ser", ser},
           {"--ser", ser, "-o", out},
           {"--ser", ser, "-o", out, "--unknown"},
           {"--ser", ser, "-o", out, "--dtype", "f64"},
           {"--ser", ser, "-o", out, "--fit", "tile:0"},
           {"--ser", ser, "-o", ser},
           {"--ser", ser, "-o", out, "--fit", "crop:5"},
           {"--ser", ser, "-o", out, "--labels", "a,b"},
           {"--ser", ser, "-o", out, "--labels", "a,b,c,a"},
           {"--ser", ser, "-o", out, "--labels", "a,b,c,\xff"},
       }) {
    const test::ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments) << result.err;
    EXPECT_NE(result.err, "");
    EXPECT_FALSE(std::filesystem::exists(out));
  }
  const test::ProcessResult help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("Exit codes"), help.out.npos);
  EXPECT_EQ(run({"--version"}).out, "serene-convert " SERENE_TEST_VERSION "\n");
}

TEST_F(Program, NamesAnOutputItCannotWrite) {
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors()));
  for (const std::string& out : {folder / "no/such/out.safetensors", folder.path()}) {
    const test::ProcessResult result = run({"--ser", ser, "--labels", "a,b,c,d", "-o", out});
    EXPECT_EQ(result.exit_code, 7) << result.err;
    EXPECT_TRUE(result.err.starts_with("serene-convert: " + out + ": ")) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

// Regular files are replaced, whatever leads to them; nothing else is, not even by root.
TEST_F(Program, ReplacesFilesAloneAndFollowsLinks) {
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors()));
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/full", folder / "full");
  for (const std::string& out : {folder / "fifo", folder / "full"}) {
    const test::ProcessResult result = run({"--ser", ser, "--labels", "a,b,c,d", "-o", out});
    EXPECT_EQ(result.exit_code, 7) << result.err;
    EXPECT_NE(result.err.find("serene-convert: " + out + ": is a "), result.err.npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "fifo"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "full"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));

  file("there", "old");
  for (const auto& [link, target] : {std::pair("link", "there"), std::pair("dangling", "new")}) {
    std::filesystem::create_symlink(target, folder / link);
    const test::ProcessResult result = run({"--ser", ser, "--labels", "a,b,c,d", "-o", folder / link});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(std::filesystem::is_symlink(folder / link)) << link;
    EXPECT_EQ(models::read_model(folder / target).config.model, "trnet") << link;
  }
}

// What cannot be written in full is not there, whole or in part.
class LimitedProgram : public Program {
 protected:
  // `shell` runs a script that begins with `before`.
  void expect_too_large(std::vector<std::string> shell, const std::string& before) {
    file("ser.pt", test::checkpoint_of(test::ser_tensors()));
    file("out.safetensors", "old");
    shell.insert(shell.end(),
                 {"-c", before + "ulimit -f 2; exec \"$0\" --ser ser.pt --labels a,b,c,d -o out.safetensors",
                  SERENE_TEST_CONVERT});
    const test::ProcessResult result = test::run_process(shell, {.folder = folder.path()});
    if (result.exit_code == 99 || result.err.find("unshare") != result.err.npos) GTEST_SKIP() << result.err;
    EXPECT_EQ(result.exit_code, 7);
    EXPECT_EQ(result.err, "serene-convert: out.safetensors: File too large\n");
    EXPECT_EQ(test::read_file(folder / "out.safetensors"), "old");
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names.insert(entry.path().filename());
    EXPECT_EQ(names, (std::set<std::string>{"out.safetensors", "ser.pt"}));
  }
};

TEST_F(LimitedProgram, LeavesNothingWhereAFileMayNotGrow) { expect_too_large({"/bin/bash"}, ""); }

// Files without a name are given one through /proc. Without it they have one from the beginning.
TEST_F(LimitedProgram, LeavesNothingWhereFilesNeedAName) {
#if SERENE_ADDRESS_SANITIZED
  GTEST_SKIP() << "AddressSanitizer needs /proc";
#endif
  expect_too_large({"/usr/bin/env", "unshare", "-rm", "bash"}, "mount -t tmpfs none /proc || exit 99; ");
}

TEST_F(Program, TellsWhereHelpCannotBeWritten) {
  for (const char* option : {"--help", "--version"}) {
    for (const auto& [options, cause] :
         {std::pair(test::ProcessOptions{.stdout_path = "/dev/full"}, "No space left on device"),
          std::pair(test::ProcessOptions{.close_stdout = true}, "Bad file descriptor")}) {
      const test::ProcessResult result = test::run_process({SERENE_TEST_CONVERT, option}, options);
      EXPECT_EQ(result.exit_code, 7) << option;
      EXPECT_EQ(result.err, std::string("serene-convert: standard output: ") + cause + '\n') << option;
    }
  }
}

TEST_F(Program, GoesOnWithNonfiniteWeightsWhereToldTo) {
  auto tensors = test::ser_tensors();
  test::set_value(tensors.at("ser.back_model.f.weight"), 3, NAN);
  const std::string ser = file("nan.pt", test::checkpoint_of(tensors)), out = folder / "out.safetensors";
  expect_refused(ser, "back_model.f.weight: 1 of 16 values are not finite");
  EXPECT_EQ(run({"--ser", ser, "--labels", "a,b,c,d", "-o", out, "--allow-nonfinite"}).exit_code, 0);
  EXPECT_TRUE(models::read_model(out).config.nonfinite);
}

TEST_F(Program, PutsACardIntoTheFile) {
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors(4))),
                    out = folder / "out.safetensors";
  const auto with_card = [&](const std::string& path) {
    return run({"--ser", ser, "--labels", "a,b,c,d", "--card", path, "-o", out});
  };
  ASSERT_EQ(with_card(file("card.json", "{\"licence\": \"CC0-1.0\"}\n")).exit_code, 0);
  EXPECT_EQ(models::read_model(out).card, "{\"licence\": \"CC0-1.0\"}");
  for (const auto& [text, cause] :
       {std::pair<std::string, std::string>{std::string(65537, 'x'), "65537 bytes, wanted at most 65536"},
        {"\xff", "not UTF-8"}}) {
    const std::string path = file("card.txt", text);
    const test::ProcessResult result = with_card(path);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.err, "serene-convert: " + path + ": " + cause + '\n');
  }
  EXPECT_EQ(with_card(folder / "missing").exit_code, 3);
}

TEST_F(Program, WantsTheNamesOfTheClasses) {
  for (const int classes : {1, 4, 7}) {
    const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors(classes)));
    const test::ProcessResult result = run({"--ser", ser, "-o", folder / "out.safetensors"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.err, "serene-convert: --labels: needed: " + ser + " does not name its " +
                              std::to_string(classes) +
                              " classes; give their names in the order of its outputs, "
                              "--labels NAME,NAME,...\n");
    EXPECT_FALSE(std::filesystem::exists(folder / "out.safetensors"));
  }
}

// A checkpoint alone names its parts as --se and --ser do.
TEST_F(Program, TakesACheckpointWithoutAnOption) {
  const std::string se = file("se.pt", test::checkpoint_of(test::se_tensors()));
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors()));
  const auto bytes_of = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", folder / "out"});
    const test::ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return test::read_file(folder / "out");
  };
  EXPECT_EQ(bytes_of({se}), bytes_of({"--se", se}));
  EXPECT_EQ(bytes_of({"--part", "enhancer=" + se}).find("\"se\""), std::string::npos);
  const std::string whole = bytes_of({"--ser", ser, "--labels", "a,b,c,d"});
  EXPECT_EQ(bytes_of({ser, "--labels", "a,b,c,d"}), whole);
  // The names of classes take no checkpoint with them.
  EXPECT_EQ(bytes_of({"--labels", "a,b", "--labels", "c,d", ser}), whole);
  EXPECT_EQ(bytes_of({ser, "--part", "se=" + se, "--labels", "a,b,c,d"}),
            bytes_of({"--se", se, "--ser", ser, "--labels", "a,b,c,d"}));
  const test::ProcessResult twice = run({se, se, "-o", folder / "twice"});
  EXPECT_EQ(twice.exit_code, 2) << twice.err;
}

TEST_F(Program, SaysWhichLengthItAssumes) {
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors())), out = folder / "out";
  const std::string line =
      "serene-convert: " + ser + ": does not say which length it was trained with, --fit tile:5 is assumed\n";
  test::ProcessResult result = run({"--ser", ser, "--labels", "a,b,c,d", "-o", out});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find(line), result.err.npos) << result.err;
  EXPECT_EQ(models::read_model(out).config.clip, (models::Fit{models::FitRule::tile, 5}));
  result = run({"--ser", ser, "--labels", "a,b,c,d", "--fit", "tile:5", "-o", out});
  EXPECT_EQ(result.err.find("assumed"), result.err.npos) << result.err;
  result = run({"--se", file("se.pt", test::checkpoint_of(test::se_tensors())), "-o", out});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err.find("assumed"), result.err.npos) << result.err;
}

TEST_F(Program, SaysThatAModelCannotScore) {
  const std::string se = file("se.pt", test::checkpoint_of(test::se_tensors()));
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors())), out = folder / "out";
  const auto said = [&](std::vector<std::string> parts) {
    parts.insert(parts.end(), {"--fit", "tile:5", "-o", out});
    const test::ProcessResult result = run(parts);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const size_t second = result.err.find('\n') + 1;
    return result.err.substr(second);
  };
  EXPECT_EQ(said({"--se", se}),
            "serene-convert: " + out + ": cannot score: the model has no classifier, it can enhance only\n");
  EXPECT_EQ(said({"--ser", ser, "--labels", "a,b,c,d"}),
            "serene-convert: " + out +
                ": cannot score: the classifier needs enhanced speech, and the model has no enhancer\n");
  EXPECT_EQ(said({"--se", se, "--ser", ser, "--labels", "a,b,c,d"}), "");
  auto baseline = test::ser_tensors();
  std::erase_if(baseline, [](const auto& item) {
    return item.first.starts_with("ser.back_model.") || item.first.starts_with("ser.front_model.");
  });
  EXPECT_EQ(said({"--ser", file("baseline.pt", test::checkpoint_of(baseline)), "--labels", "a,b,c,d"}), "");
}

// Names of files, keys of checkpoints, labels and whatever else a message repeats.
TEST_F(Program, LetsNoTextTakeOverTheTerminal) {
  const std::string good = test::checkpoint_of(test::ser_tensors());
  for (const std::string& text : test::hostile_texts()) {
    // A failure is one line whatever it repeats.
    const auto refuse = [&](const std::vector<std::string>& arguments, int exit_code) {
      const test::ProcessResult result = run(arguments);
      EXPECT_EQ(result.exit_code, exit_code) << result.err;
      EXPECT_EQ(result.out, "");
      test::expect_printable(result.err, testing::PrintToString(arguments));
      EXPECT_TRUE(result.err.starts_with("serene-convert: ") || exit_code == 2) << result.err;
      EXPECT_TRUE(exit_code != 3 || std::count(result.err.begin(), result.err.end(), '\n') == 1)
          << result.err;
    };
    const auto refuse_file = [&](const std::string& bytes) {
      const std::string path = file(text + ".pt", bytes);
      refuse({"--ser", path, "--labels", "a,b,c,d", "-o", folder / "out"}, 3);
      refuse({"--se", path, "-o", folder / "out"}, 3);
    };
    const std::string path = file(text, good), out = folder / (text + ".out");
    refuse({text}, 2);
    refuse({folder / (text + " missing"), "-o", out}, 3);
    refuse({"--part", text + "=" + path, "-o", out}, 2);
    refuse({path, "--set", "ser." + text + "=1", "-o", out, "--labels", "a,b,c,d"}, 2);
    refuse({"--" + text}, 2);
    refuse({"--ser", path, "-o", out}, 2);
    refuse({"--ser", path, "-o", path, "--labels", "a,b,c,d"}, 2);
    refuse({"--ser", path, "-o", out, "--labels", "a,b,c,d", "--fit", text}, 2);
    refuse({"--ser", path, "-o", out, "--labels", "a,b,c,d", "--dtype", text}, 2);
    refuse({"--ser", path, "-o", out, "--labels", "a,b,c," + text}, 2);
    refuse({"--ser", path, "-o", folder / ("none/" + text), "--labels", "a,b,c,d"}, 7);
    refuse({"--ser", folder / (text + " missing"), "-o", out, "--labels", "a,b,c,d"}, 3);
    const test::ProcessResult made = run({"--ser", path, "-o", out, "--labels", "a,b,c,d"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    test::expect_printable(made.err, "made");
    EXPECT_EQ(std::count(made.err.begin(), made.err.end(), '\n'), 3) << made.err;

    refuse_file(text);
    auto tensors = test::ser_tensors();
    tensors["ser." + text] = weights::from_float("x", {1}, std::vector<float>{1});
    refuse_file(test::checkpoint_of(tensors));
    refuse_file(test::torch_zip(p::document(p::dict({{text, p::tensor({.shape = {7}, .stride = {1}})}})),
                                {{"0", test::raw(test::six_values())}}));
    refuse_file(test::torch_zip(p::document(p::stack_global(text, text)), {}));
    refuse_file(test::one_tensor_zip({.type = text}));
    refuse_file(test::one_tensor_zip({.key = text}));
    refuse_file(test::one_tensor_legacy({.key = text}));
    refuse_file(test::zip({{.name = text, .data = "x"}, {.name = text, .data = "x"}}));
    refuse_file(test::zip({{.name = "archive/" + text, .data = "x", .crc = 0}}));
    refuse_file(test::safetensors("{\"" + text + "\":{}}"));
    refuse_file(test::safetensors("{" + test::json_string(text) + ":{}}"));

    // A folder of that name, and what its files say.
    const std::string toy = folder / (text + " folder");
    std::filesystem::create_directory(toy);
    const std::string quoted = test::json_string(text);
    refuse({toy, "-o", out}, 3);
    for (const std::string& config :
         {text, "{" + quoted + ":1," + quoted + ":2}", "{\"id2label\":{" + quoted + ":\"a\"}}",
          "{\"id2label\":{\"0\":" + quoted + "}}", "{\"architectures\":[" + quoted + "]}"}) {
      test::write_file(toy + "/config.json", config);
      test::write_file(toy + "/model.safetensors",
                       test::safetensors("{" + test::entry("x", "F32", "[1]", "[0,4]") + "}", "1234"));
      refuse({toy, "-o", out}, 3);
    }
    test::write_file(toy + "/config.json", "{}");
    std::filesystem::remove(toy + "/model.safetensors");
    for (const std::string& map :
         {quoted + ":1", quoted + ":\"no file\"", "\"x\":" + quoted, quoted + ":\"config.json\""}) {
      test::write_file(toy + "/model.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
      refuse({toy, "-o", out}, 3);
    }
  }
}

TEST_F(Program, WritesTheSameBytesAgain) {
  const std::string se = file("se.pt", test::checkpoint_of(test::se_tensors()));
  const std::string ser = file("ser.pt", test::checkpoint_of(test::ser_tensors()));
  for (const char* name : {"one", "two"}) {
    const test::ProcessResult result =
        run({"--se", se, "--ser", ser, "--labels", "a,b,c,d", "--fit", "pad:2.5", "-o", folder / name});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_EQ(test::read_file(folder / "one"), test::read_file(folder / "two"));
  EXPECT_EQ(models::read_model(folder / "one").config.clip, (models::Fit{models::FitRule::pad, 2.5}));
}

}  // namespace
}  // namespace serene
