#include "cli/inputs/inputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "cli/enhance/output_names.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

using test::TempFolder;
using test::write_file;

std::vector<Input> walk(const std::vector<std::string>& arguments, bool recursive) {
  std::vector<Input> inputs;
  PassedOver passed_over;
  walk_inputs(arguments, recursive, passed_over, [&](Input input) { inputs.push_back(std::move(input)); });
  return inputs;
}

std::vector<std::string> paths(const std::vector<Input>& inputs) {
  std::vector<std::string> list;
  for (const Input& input : inputs) list.push_back(input.path);
  return list;
}

class InputsTest : public testing::Test {
 protected:
  InputsTest() {
    std::filesystem::create_directories(folder_ / "sub/deep");
    for (const char* name : {"b.wav", "a.FLAC", "notes.txt", "sub/c.mp3", "sub/deep/d.ogg", "Z.wav"}) {
      write_file(folder_ / name, "");
    }
    std::filesystem::create_directory_symlink("..", folder_ / "sub/up.wav");
    std::filesystem::create_directory(folder_ / "folder.wav");
  }
  TempFolder folder_;
};

TEST_F(InputsTest, AFolderGivesItsRecordingsInOrder) {
  EXPECT_EQ(paths(walk({folder_.path()}, false)),
            (std::vector<std::string>{folder_ / "Z.wav", folder_ / "a.FLAC", folder_ / "b.wav"}));
}

TEST_F(InputsTest, RecursiveGoesBelowAndFollowsNoLinks) {
  const std::vector<Input> inputs = walk({folder_.path() + "/"}, true);
  EXPECT_EQ(paths(inputs), (std::vector<std::string>{folder_ / "Z.wav", folder_ / "a.FLAC", folder_ / "b.wav",
                                                     folder_ / "sub/c.mp3", folder_ / "sub/deep/d.ogg"}));
  EXPECT_EQ(inputs[0].below, "");
  EXPECT_EQ(inputs[4].below, "sub/deep");
}

TEST_F(InputsTest, NamedFilesAreTakenWhateverTheyAreCalledInTheOrderGiven) {
  const std::vector<std::string> arguments{folder_ / "notes.txt", folder_ / "missing", folder_ / "b.wav",
                                           folder_ / "b.wav"};
  EXPECT_EQ(paths(walk(arguments, false)), arguments);
}

TEST_F(InputsTest, OutputNamesKeepTheTreeAndNeverMeet) {
  std::vector<Input> inputs = walk({folder_.path()}, true);
  inputs.push_back({"elsewhere/b.flac", "", {}});
  inputs.push_back({"other/b.ogg", "", {}});
  EXPECT_EQ(output_names(inputs, "out"),
            (std::vector<std::string>{"out/Z.wav", "out/a.wav", "out/b.wav", "out/sub/c.wav",
                                      "out/sub/deep/d.wav", "out/b-2.wav", "out/b-3.wav"}));
}

TEST_F(InputsTest, WhatIsPassedOverIsCounted) {
  write_file(folder_ / "sub/a.m4a", "");
  write_file(folder_ / "Notes.md", "");
  PassedOver passed_over;
  walk_inputs(std::vector{folder_.path()}, true, passed_over, [](const Input&) {});
  EXPECT_EQ(passed_over.count(), 3u);
  EXPECT_EQ(passed_over.first(), folder_ / "Notes.md");
}

TEST(AudioExtensionTest, OfEveryFormatOneMayMeet) {
  for (const char* name : {"a.bwf", "a.w64", "a.rf64", "a.oga", "a.opus", "a.aif", "a.aiff", "a.aifc", "a.au",
                           "a.snd", "a.caf", "a.mp3", "a.mp2", "a.flac", "a.sph", "a.voc"}) {
    EXPECT_TRUE(has_audio_extension(name)) << name;
  }
}

TEST(AudioExtensionTest, InEitherCase) {
  EXPECT_TRUE(has_audio_extension("a.wav"));
  EXPECT_TRUE(has_audio_extension("a.b.OPUS"));
  EXPECT_FALSE(has_audio_extension("wav"));
  EXPECT_FALSE(has_audio_extension("a.wav.part"));
}

}  // namespace
}  // namespace serene::cli
