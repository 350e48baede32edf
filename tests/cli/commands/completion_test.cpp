// What bash offers after `serene ...<TAB>`.
#include <gtest/gtest.h>

#include <set>

#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

// The words offered for the last of `words`, which follow the program's name.
std::set<std::string> offered(const std::vector<std::string>& words, const std::string& folder = ".") {
  std::vector<std::string> command{
      "/usr/bin/env",
      "bash",
      "-c",
      "source '" SERENE_TEST_SOURCE_DIR
      "/cli/completion/serene.bash'\n"
      "cd \"$1\"; shift\n"
      "COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _serene; printf '%s\\n' \"${COMPREPLY[@]}\"",
      "completion",
      folder,
      SERENE_TEST_PROGRAM};
  command.insert(command.end(), words.begin(), words.end());
  const ProcessResult run = run_process(command);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.err, "");
  std::set<std::string> found;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) found.insert(line);
  return found;
}

using Words = std::set<std::string>;

TEST(Completion, OffersTheCommands) {
  const Words commands = offered({""});
  for (const char* command : {"score", "evaluate", "enhance", "info", "check", "doctor"})
    EXPECT_TRUE(commands.contains(command)) << command;
  EXPECT_EQ(offered({"sc"}), Words{"score"});
  EXPECT_EQ(offered({"x"}), Words{});
}

TEST(Completion, OffersTheOptionsOfTheCommand) {
  EXPECT_EQ(offered({"score", "--res"}), Words{"--resume"});
  EXPECT_EQ(offered({"score", "-m"}), Words{"-m"});
  EXPECT_EQ(offered({"score", "--m"}),
            (Words{"--manifest", "--manifest-format", "--max-failures", "--metrics-file", "--min-confidence",
                   "--min-level", "--model"}));
  EXPECT_EQ(offered({"info", "--res"}), Words{});
  EXPECT_EQ(offered({"--v"}), Words{"--version"});
}

TEST(Completion, OffersValuesAndFiles) {
  EXPECT_EQ(offered({"score", "--device", "c"}), (Words{"cpu", "cuda"}));
  EXPECT_EQ(offered({"score", "--format", ""}), (Words{"csv", "jsonl"}));
  EXPECT_EQ(offered({"score", "--manifest-format", ""}), (Words{"auto", "csv", "jsonl", "scp"}));
  EXPECT_EQ(offered({"evaluate", "--labels-format", "c"}), Words{"csv"});
  const TempFolder folder;
  EXPECT_EQ(offered({"score", "--model", ""}, folder.path()), (Words{"default", "small", "trnet"}));
  EXPECT_EQ(offered({"score", "--model", "tr"}, folder.path()), Words{"trnet"});
  write_file(folder / "call one.wav", "");
  write_file(folder / "other.wav", "");
  EXPECT_EQ(offered({"score", "call"}, folder.path()), Words{"call one.wav"});
}

}  // namespace
}  // namespace serene::test
