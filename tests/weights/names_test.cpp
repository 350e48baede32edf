#include "weights/names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "weights/printable.h"

namespace serene::weights {
namespace {

using Names = std::vector<std::string>;

TEST(Names, Fit) {
  for (const Names& names : {Names{"a"}, Names{"a", "A", " a"}, Names{"wütend", "怒り", "\xf0\x9f\x98\x80"}})
    EXPECT_EQ(fault_of_names(names), "");
  Names most;
  for (size_t i = 0; i < kMostNames; ++i) most.push_back(std::to_string(i));
  EXPECT_EQ(fault_of_names(most), "");
  most.emplace_back("x");
  EXPECT_EQ(fault_of_names(most), "1001 names, at most 1000");
}

TEST(Names, DoNotFit) {
  EXPECT_EQ(fault_of_names({}), "no names");
  EXPECT_EQ(fault_of_names({"a", ""}), "an empty name");
  EXPECT_EQ(fault_of_names({"a", "b", "a"}), "a name is there twice");
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xc3"})
    EXPECT_EQ(fault_of_names({"a", bytes}), "a name is not UTF-8");
  const std::string control = "a name with control characters, or of more than 4000 bytes";
  for (const char* text : {"a\nb", "\x1b[2J", "\x7f", "\xe2\x80\xae"})
    EXPECT_EQ(fault_of_names({text}), control);
  EXPECT_EQ(fault_of_names({std::string(kLongestPrintable, 'a')}), "");
  EXPECT_EQ(fault_of_names({std::string(kLongestPrintable + 1, 'a')}), control);
}

}  // namespace
}  // namespace serene::weights
