// Lists of recordings, in order and out of it.
#include "cli/inputs/manifest.h"

#include <gtest/gtest.h>

#include <ostream>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

using test::TempFolder;
using test::write_file;
using namespace std::string_literals;

std::vector<Input> read(const std::string& path, bool skip_bad_rows = false) {
  std::vector<Input> inputs;
  read_manifest({.path = path, .skip_bad_rows = skip_bad_rows},
                [&](Input input) { inputs.push_back(std::move(input)); });
  return inputs;
}

TEST(ManifestTest, JsonLinesKeepWhatTheySay) {
  const TempFolder folder;
  write_file(folder / "m.jsonl",
             "\xEF\xBB\xBF{\"path\":\"a.wav\"}\r\n\n  \n"
             R"({"snr":5,"path":"b.wav","id":7,"offset":1.5,"duration":2,"label":"sad","speaker":{"a":1}})");
  const std::vector<Input> inputs = read(folder / "m.jsonl");
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].path, "a.wav");
  EXPECT_TRUE(inputs[0].segment.whole());
  EXPECT_EQ(inputs[0].carried.dump(), "{}");
  EXPECT_EQ(inputs[1].path, "b.wav");
  EXPECT_EQ(inputs[1].segment, (Segment{1.5, 2.0}));
  EXPECT_EQ(inputs[1].carried.dump(),
            R"({"id":7,"offset":1.5,"duration":2,"reference":"sad","columns":{"snr":5,"speaker":{"a":1}}})");
}

TEST(ManifestTest, AnIdKeepsItsCharacters) {
  const TempFolder folder;
  write_file(folder / "m.jsonl", R"({"path":"a","id":1e5}
{"path":"a","id":123456789012345678901234567890}
{"path":"a","id":18446744073709551615}
{"path":"a","id":1.5,"x":{"id":2e5}}
{"path":"a","x":{"id":2e5},"id":0.10}
{"path":"a","id":3e5,"x":{"id":2.5}}
{"path":"a","id":"007"})");
  std::vector<std::string> ids;
  for (const Input& input : read(folder / "m.jsonl")) ids.push_back(input.carried.at("id").dump());
  EXPECT_EQ(ids, (std::vector<std::string>{"\"1e5\"", "\"123456789012345678901234567890\"",
                                           "18446744073709551615", "1.5", "\"0.10\"", "\"3e5\"", "\"007\""}));
}

TEST(ManifestTest, CsvTakesColumnsByTheirNames) {
  const TempFolder folder;
  write_file(folder / "m.csv", "label,path,snr,offset,duration,id\nsad,\"a, b.wav\",5,0.5,,\n,c.wav,,,2,x\n");
  const std::vector<Input> inputs = read(folder / "m.csv");
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].path, "a, b.wav");
  EXPECT_EQ(inputs[0].segment, (Segment{0.5, std::nullopt}));
  EXPECT_EQ(inputs[0].carried.dump(), R"({"offset":0.5,"reference":"sad","columns":{"snr":"5"}})");
  EXPECT_EQ(inputs[1].carried.dump(), R"({"id":"x","duration":2.0,"columns":{"snr":""}})");
}

TEST(ManifestTest, KaldisCommandsAreNotRun) {
  const TempFolder folder;
  const std::string canary = folder / "canary";
  write_file(folder / "wav.scp", "u1 /data/a file.wav \nu2\ttouch " + canary + " |\n");
  const std::vector<Input> inputs = read(folder / "wav.scp");
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].path, "/data/a file.wav");
  EXPECT_EQ(inputs[0].carried["id"], "u1");
  EXPECT_FALSE(inputs[0].error);
  ASSERT_TRUE(inputs[1].error);
  EXPECT_EQ(inputs[1].error->code(), "command_refused");
  EXPECT_EQ(inputs[1].carried["id"], "u2");
  EXPECT_FALSE(std::filesystem::exists(canary));
}

struct BadRowCase {
  const char* name;
  const char* file;
  std::string text;
  std::string message;  // after the folder
};

void PrintTo(const BadRowCase& test, std::ostream* out) { *out << test.name; }

class BadRowTest : public testing::TestWithParam<BadRowCase> {
 protected:
  BadRowTest() { write_file(folder_ / GetParam().file, GetParam().text); }
  TempFolder folder_;
};

TEST_P(BadRowTest, EndsTheRunNamingThePlace) {
  try {
    read(folder_ / GetParam().file);
    FAIL() << "was read";
  } catch (const Stop& stop) {
    EXPECT_EQ(stop.exit_code(), kExitUsage);
    EXPECT_TRUE(std::string(stop.what()).starts_with(folder_ / GetParam().message)) << stop.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRowTest,
    testing::Values(
        BadRowCase{"BrokenJson", "m.jsonl", "{\"path\":\"a\"}\n{\"path\":\"b\",}\n",
                   "m.jsonl:2:13: not JSON"},
        BadRowCase{"NotAnObject", "m.jsonl", "[1]\n", "m.jsonl:1: not a JSON object"},
        BadRowCase{"NoPath", "m.jsonl", "{\"file\":\"a\"}\n", "m.jsonl:1: no \"path\""},
        BadRowCase{"PathIsANumber", "m.jsonl", "{\"path\":1}\n", "m.jsonl:1: \"path\" is not"},
        BadRowCase{"PathIsEmpty", "m.jsonl", "{\"path\":\"\"}\n", "m.jsonl:1: \"path\" is not"},
        BadRowCase{"NulInAPath", "m.jsonl", "{\"path\":\"a\\u0000b\"}\n", "m.jsonl:1: \"path\" is not"},
        BadRowCase{"NotANumberInJson", "m.jsonl", "{\"path\":\"a\",\"offset\":NaN}\n",
                   "m.jsonl:1:22: not JSON"},
        BadRowCase{"BeyondNumbers", "m.jsonl", "{\"path\":\"a\",\"offset\":1e400}\n", "m.jsonl:1: not JSON"},
        BadRowCase{"NotUtf8", "m.jsonl", "{\"path\":\"\xff\"}\n", "m.jsonl:1:10: not JSON"},
        BadRowCase{"TooDeep", "m.jsonl", "{\"path\":\"a\",\"x\":" + std::string(500000, '[') + "\n",
                   "m.jsonl:1:48: nested too deep"},
        BadRowCase{"TooLong", "m.jsonl", "{\"path\":\"" + std::string(5 << 20, 'a') + "\"}\n",
                   "m.jsonl:1: longer than 1 MiB"},
        BadRowCase{"TooFewFields", "m.csv", "path,id\na\n", "m.csv:2: 1 fields under a header of 2"},
        BadRowCase{"NoPathInTheHeader", "m.csv", "file\na\n", "m.csv:1: no column \"path\""},
        BadRowCase{"TwoColumnsOfAName", "m.csv", "path,x,x\na,1,2\n", "m.csv:1: two columns \"x\""},
        BadRowCase{"EmptyCsv", "m.csv", "", "m.csv: empty"},
        BadRowCase{"EmptyPathInCsv", "m.csv", "path,id\n,7\n", "m.csv:2: the path is not"},
        BadRowCase{"QuoteNeverClosed", "m.csv", "path\n\"a\n", "m.csv:2: a quote that is never closed"},
        BadRowCase{"NoPathInScp", "wav.scp", "u1 a.wav\nu2\n", "wav.scp:2: no path after the id"},
        BadRowCase{"NulInScp", "wav.scp", "u1 a\0b\n"s, "wav.scp:1: a NUL in the path"},
        BadRowCase{"UnknownExtension", "m.txt", "a\n", "m.txt: not .jsonl, .csv or .scp"}),
    [](const auto& test) { return test.param.name; });

TEST(SkipBadRowsTest, EachCostsAnErrorAndTheRestIsRead) {
  const TempFolder folder;
  write_file(folder / "m.jsonl",
             "{\"path\":\"a\"}\nnonsense\n" + std::string(2 << 20, 'x') + "\n{\"path\":\"b\"}");
  const std::vector<Input> inputs = read(folder / "m.jsonl", true);
  ASSERT_EQ(inputs.size(), 4u);
  EXPECT_EQ(inputs[0].path, "a");
  EXPECT_EQ(inputs[1].error->code(), "bad_row");
  EXPECT_NE(std::string(inputs[1].error->what()).find("m.jsonl:2:"), std::string::npos);
  EXPECT_EQ(inputs[2].error->code(), "bad_row");
  EXPECT_EQ(inputs[3].path, "b");
}

struct SegmentCase {
  const char* name;
  std::string row;
  const char* code;  // "" where it is one
};

void PrintTo(const SegmentCase& test, std::ostream* out) { *out << test.name; }

class SegmentTest : public testing::TestWithParam<SegmentCase> {};

TEST_P(SegmentTest, IsOneOrCostsTheRow) {
  const TempFolder folder;
  write_file(folder / "m.jsonl", "{\"path\":\"a.wav\"," + GetParam().row + "}");
  const Input input = read(folder / "m.jsonl").at(0);
  EXPECT_EQ(input.error ? input.error->code() : "", GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(All, SegmentTest,
                         testing::Values(SegmentCase{"Zero", "\"offset\":0", ""},
                                         SegmentCase{"Null", "\"offset\":null,\"duration\":null", ""},
                                         SegmentCase{"Negative", "\"offset\":-1", "bad_segment"},
                                         SegmentCase{"NegativeDuration", "\"duration\":-0.5", "bad_segment"},
                                         SegmentCase{"NoDuration", "\"duration\":0", "bad_segment"},
                                         SegmentCase{"Text", "\"offset\":\"soon\"", "bad_segment"},
                                         SegmentCase{"Huge", "\"offset\":1e300", ""}),
                         [](const auto& test) { return test.param.name; });

TEST(SegmentCsvTest, NotANumberCostsTheRow) {
  const TempFolder folder;
  write_file(folder / "m.csv", "path,offset\na,nan\nb,inf\nc,1x\nd,0x10\n");
  for (const Input& input : read(folder / "m.csv")) {
    ASSERT_TRUE(input.error) << input.path;
    EXPECT_EQ(input.error->code(), "bad_segment");
  }
}

}  // namespace
}  // namespace serene::cli
