// `serene info`.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/cli/support/program.h"
#include "tests/support/temp_folder.h"

namespace serene::test {
namespace {

TEST(InfoRunTest, JsonHoldsConfigurationCountsAndHash) {
  const ProcessResult run = serene({"info", "--json", SERENE_TEST_MODEL});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json info = rows_of(run.out).at(0);
  EXPECT_EQ(info["config"]["outputs"][0]["labels"], Json({"angry", "happy", "neutral", "sad"}));
  EXPECT_EQ(info["config"]["parts"]["se"]["channels"], 8);
  EXPECT_GT(info["parameters"]["se"], 0);
  EXPECT_GT(info["parameters"]["ser"], 0);
  EXPECT_EQ(info["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(info["outputs"][0], (Json{{"name", "emotion"},
                                      {"kind", "classes"},
                                      {"size", 4},
                                      {"labels", {"angry", "happy", "neutral", "sad"}}}));
  EXPECT_EQ(info["outputs"][1], (Json{{"name", "coefficient"}, {"kind", "scalar"}, {"size", 1}}));
  EXPECT_EQ(info["outputs"].size(), 4u);
  EXPECT_EQ(info["file_bytes"], read_file(SERENE_TEST_MODEL).size());
}

TEST(InfoRunTest, TheTableNamesWhatAPersonLooksFor) {
  const ProcessResult run = serene({"info"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* text : {"cmgan", "trnet", "angry, happy, neutral, sad", "sha256", "5 s"}) {
    EXPECT_NE(run.out.find(text), std::string::npos) << text << "\n" << run.out;
  }
}

TEST(InfoRunTest, TheTableOfVersion2HasPartsAndOutputs) {
  const ProcessResult run = serene({"info", SERENE_TEST_MODEL});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* text :
       {"format         2\n", "model          trnet\n", "part se        cmgan, ", "part ser       trnet, ",
        "clip           5 s, shorter ones: tile\n"
        "output emotion classes, 4: angry, happy, neutral, sad\n"
        "output coefficient scalar\n"
        "output embedding vector, 64\n"
        "output calibrated vector, 64\n"}) {
    EXPECT_NE(run.out.find(text), std::string::npos) << text << "\n" << run.out;
  }
}

TEST(InfoRunTest, AnEnhancerAloneIsSaidToBeOne) {
  const ProcessResult run = serene({"info", SERENE_TEST_ENHANCER});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("model          enhance\npart se        cmgan, 31257 parameters\n"),
            std::string::npos)
      << run.out;
  EXPECT_EQ(run.out.find("clip"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find("output"), std::string::npos) << run.out;
}

// The test model with a text under `card` in its metadata.
std::string with_card(const std::string& card) {
  const std::string file = read_file(SERENE_TEST_MODEL);
  uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof(size));
  Json header = Json::parse(file.substr(8, size));
  header["__metadata__"]["card"] = card;
  const std::string text = header.dump();
  const uint64_t longer = text.size();
  return std::string(reinterpret_cast<const char*>(&longer), sizeof(longer)) + text + file.substr(8 + size);
}

TEST(InfoRunTest, TheCardIsShown) {
  const TempFolder folder;
  write_file(folder / "own",
             with_card(R"({"licence":"CC0-1.0","left_out":{"uar":0.9},"by\nme":"x\u001b[1m"})"));
  ProcessResult run = serene({"info", folder / "own"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string shown =
      "card\n  by\\nme       x\\x1b[1m\n  left_out     {\"uar\":0.9}\n  licence      CC0-1.0\n";
  EXPECT_TRUE(run.out.ends_with(shown)) << run.out;
  run = serene({"info", "--json", folder / "own"});
  EXPECT_EQ(Json::parse(rows_of(run.out).at(0)["card"].get<std::string>())["licence"], "CC0-1.0");
  write_file(folder / "text", with_card("not for sale"));
  run = serene({"info", folder / "text"});
  EXPECT_TRUE(run.out.ends_with("card           not for sale\n")) << run.out;
}

TEST(InfoRunTest, WhatIsNoModelIsNamed) {
  const TempFolder folder;
  write_file(folder / "text", "no model");
  const ProcessResult run = serene({"info", folder / "text"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_NE(run.err.find(folder / "text"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace serene::test
