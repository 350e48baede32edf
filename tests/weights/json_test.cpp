#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/hostile_bytes.h"
#include "weights/json/parse.h"
#include "weights/json/text.h"

namespace serene::json {
namespace {

std::string error_of(const std::string& text, size_t deepest = 8) {
  try {
    parse(text, deepest);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "none";
}

// nlohmann's own tree is the reference.
TEST(Json, TextIsThatOfNlohmann) {
  for (const std::string document :
       {R"({})", R"([])", R"("")", R"(null)", R"(true)", R"([false,[],{}])", R"({"b":1,"a":{"z":[],"y":{}}})",
        R"([0,-1,9223372036854775807,-9223372036854775808])",
        R"([0.1,-0.0,2.5,1e-7,1e300,5.0,123456789.125])",
        R"(["\"\\/\b\f\n\r\t\u0001\u007f","\u00e4\ud83d\ude00"])", R"({"\u00e4":1,"Z":2,"_":3,"a\nb":4})",
        " {\n \"a\" : [ 1 , 2 ] } "}) {
    EXPECT_EQ(text(parse(document, 8)), nlohmann::json::parse(document).dump()) << document;
  }
}

TEST(Json, ValuesAreOfTheirTypes) {
  const Value root =
      parse(R"({"t":true,"i":-7,"d":2.5,"s":"x","n":null,"a":[1,"y"],"big":18446744073709551615})", 8);
  const auto& object = *root.as<Object>();
  EXPECT_EQ(object.size(), 7);
  EXPECT_TRUE(*find(object, "t")->as<bool>());
  EXPECT_EQ(*find(object, "i")->as<int64_t>(), -7);
  EXPECT_EQ(find(object, "i")->as<double>(), nullptr);
  EXPECT_EQ(*find(object, "d")->as<double>(), 2.5);
  EXPECT_EQ(*find(object, "s")->as<std::string>(), "x");
  EXPECT_NE(find(object, "n")->as<std::nullptr_t>(), nullptr);
  EXPECT_EQ(*find(object, "a")->as<Array>()->at(0).as<int64_t>(), 1);
  EXPECT_EQ(*find(object, "a")->as<Array>()->at(1).as<std::string>(), "y");
  EXPECT_EQ(*find(object, "big")->as<double>(), 0x1p64);
  EXPECT_EQ(find(object, "missing"), nullptr);
}

TEST(Json, DepthHasABound) {
  EXPECT_EQ(error_of("[[[1]]]", 3), "none");
  EXPECT_EQ(error_of("[[[[1]]]]", 3), "nested too deep");
  EXPECT_EQ(error_of(R"({"a":[{"b":[]}]})", 3), "nested too deep");
  EXPECT_EQ(error_of("[[],[[]],{\"a\":[]}]", 3), "none");
  EXPECT_EQ(error_of(test::repeat("[", 1'000'000)), "nested too deep");
}

TEST(Json, AKeyIsThereOnce) {
  EXPECT_EQ(error_of(R"({"a":1,"b":2,"a":3})"), "a: duplicate key");
  EXPECT_EQ(error_of(R"([{"a":1},{"a":1},{"b":{"a":1,"c":2},"a":1}])"), "none");
  EXPECT_EQ(error_of(R"({"a":{"b":1},"c":{"b":1,"b":2}})"), "b: duplicate key");
}

TEST(Json, WhatIsNoJsonIsRefused) {
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("{"), std::string("[1,]"), std::string("{}x"),
        std::string("01"), std::string("1e400"), std::string("nan"), std::string("\"\xff\""),
        std::string("'a'"), std::string("[1]\0", 4),
        std::string("\xef\xbb\xbf"
                    "[1]\0x",
                    8),
        std::string("\"\\ud800\"")}) {
    EXPECT_EQ(error_of(text), "not valid JSON") << text;
  }
}

}  // namespace
}  // namespace serene::json
