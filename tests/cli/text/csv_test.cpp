// Comma-separated values, well-formed and not.
#include "cli/text/csv.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include "cli/rows/bad_row.h"
#include "tests/support/temp_folder.h"

namespace serene::cli {
namespace {

using test::TempFolder;
using test::write_file;
using Records = std::vector<std::vector<std::string>>;

// The records, then what() of each error in brackets.
Records read_all(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "list.csv", text);
  std::filesystem::current_path(folder.path());
  TextSource source("list.csv");
  CsvReader reader(source);
  Records records;
  for (std::vector<std::string> fields;;) {
    try {
      if (!reader.next(fields)) break;
      records.push_back(fields);
    } catch (const BadRow& bad) {
      records.push_back({"[" + std::string(bad.what()) + "]"});
    }
  }
  std::filesystem::current_path("/");
  return records;
}

struct Case {
  const char* name;
  std::string text;
  Records records;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class CsvTest : public testing::TestWithParam<Case> {};

TEST_P(CsvTest, IsReadAsRfc4180Says) { EXPECT_EQ(read_all(GetParam().text), GetParam().records); }

INSTANTIATE_TEST_SUITE_P(
    All, CsvTest,
    testing::Values(
        Case{"Plain", "a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}}, Case{"NoLastLineEnd", "a,b", {{"a", "b"}}},
        Case{"CarriageReturns", "a,b\r\nc,\"d\"\r\n", {{"a", "b"}, {"c", "d"}}},
        Case{"ByteOrderMark", "\xEF\xBB\xBFpath\n", {{"path"}}}, Case{"EmptyFields", ",,\n", {{"", "", ""}}},
        Case{"EmptyLines", "a\n\n\r\nb\n", {{"a"}, {"b"}}},
        Case{"Quoted", "\"a,\"\"b\"\"\",c\n", {{"a,\"b\"", "c"}}},
        Case{"LineEndInQuotes", "\"a\nb\",c\nd,e\n", {{"a\nb", "c"}, {"d", "e"}}},
        Case{"QuoteInside",
             "a\"b,c\nd,e\n",
             {{"[list.csv:1:1: a quote inside a field without quotes]"}, {"d", "e"}}},
        Case{"TextBehindAQuote",
             "\"a\"b,c\nd,e\n",
             {{"[list.csv:1:3: text after a closing quote]"}, {"d", "e"}}},
        Case{"NeverClosed", "a,b\n\"c,d\n", {{"a", "b"}, {"[list.csv:2: a quote that is never closed]"}}},
        Case{"Empty", "", {}}),
    [](const auto& test) { return test.param.name; });

TEST(CsvReaderTest, ARecordWithoutEndIsRefusedAtAMebibyte) {
  const Records records = read_all("a," + std::string(3 << 20, 'x') + "\nb,c\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_NE(records[0][0].find("longer than 1 MiB"), std::string::npos);
  EXPECT_EQ(records[1], (std::vector<std::string>{"b", "c"}));
}

TEST(CsvFieldTest, ComesBackAsItWas) {
  for (const std::string text : {"plain", "a,b", "\"", "a\nb", "a\r\nb", "", "=1+2"}) {
    EXPECT_EQ(read_all("x," + csv_field(text) + "\n"), (Records{{"x", text}})) << text;
  }
}

struct Formula {
  std::string text, escaped;
};

// What spreadsheets do with a cell goes by its first character; they do not show the apostrophe.
TEST(CsvFormulaTest, EveryTextComesBack) {
  for (const auto& [text, escaped] : std::vector<Formula>{{"=1+2", "'=1+2"},
                                                          {"+1", "'+1"},
                                                          {"-1", "'-1"},
                                                          {"@SUM(A1)", "'@SUM(A1)"},
                                                          {"\t=1", "'\t=1"},
                                                          {"\r=1", "'\r=1"},
                                                          {"=", "'="},
                                                          {"'=1", "''=1"},
                                                          {"''-", "'''-"},
                                                          {"'", "'"},
                                                          {"'a", "'a"},
                                                          {"''", "''"},
                                                          {"a=1", "a=1"},
                                                          {" =1", " =1"},
                                                          {"\n=1", "\n=1"},
                                                          {"{\"a\":\"=1\"}", "{\"a\":\"=1\"}"},
                                                          {"1", "1"},
                                                          {"", ""}}) {
    EXPECT_EQ(escape_formula(text), escaped) << text;
    EXPECT_EQ(unescape_formula(escaped), text) << escaped;
    EXPECT_EQ(read_all("x," + csv_field(escaped) + "\n"), (Records{{"x", escaped}})) << escaped;
  }
}

}  // namespace
}  // namespace serene::cli
