#include "weights/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/hostile_bytes.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene::weights {
namespace {

using Json = nlohmann::json;
using test::expect_in;
using test::refusal;

ModelConfig whole() {
  ModelConfig config;
  config.se = test::small_se();
  config.ser = test::small_ser(Encoder::residual);
  return config;
}

TEST(Config, RoundTrip) {
  ModelConfig config = whole();
  EXPECT_EQ(config_from_json(to_json(config), "x"), config);
  config.ser->fit = {FitRule::pad, 5};
  config.ser->bridge = false;
  EXPECT_EQ(config_from_json(to_json(config), "x"), config);
  config.ser->blend = false;
  config.ser->fit = {};
  config.ser->labels = {"\xc3\xa4rgerlich", "a \"quoted\" name", "x, y"};
  EXPECT_EQ(config_from_json(to_json(config), "x"), config);
  config.ser.reset();
  EXPECT_EQ(config_from_json(to_json(config), "x"), config);
  config.se.reset();
  config.ser = test::small_ser(Encoder::cnn6);
  config.nonfinite = true;
  EXPECT_EQ(config_from_json(to_json(config), "x"), config);
}

TEST(Config, TextIsCanonical) {
  ModelConfig config;
  config.se = SeConfig{};
  EXPECT_EQ(to_json(config), R"({"se":{"channels":64,"kind":"cmgan","tscbs":4},"version":1})");
  config.se.reset();
  config.ser = test::small_ser(Encoder::cnn6);
  config.ser->fit = {FitRule::tile, 5};
  EXPECT_EQ(
      to_json(config),
      R"({"ser":{"blend":true,"bridge":true,"embedding":16,"fit":{"rule":"tile","seconds":5},"hidden":8,)"
      R"("kind":"cnn6","labels":["angry","happy","sad"],"widths":[4,8,8,16]},"version":1})");
}

struct Case {
  std::string name, pointer, value, expected;
};

std::vector<Case> cases() {
  const std::string widths = "ser.widths: must be ";
  return {
      {"version_0", "/version", "0", "version: must be an integer from 1"},
      {"version_text", "/version", "\"1\"", "version: must be an integer"},
      {"version_float", "/version", "1.0", "version: must be an integer"},
      {"version_2", "/version", "2", "version: is 2, this program knows up to 1"},
      {"version_2_64", "/version", "18446744073709551615", "version: must be an integer"},
      {"unknown_top", "/more", "1", "more: unknown"},
      {"nonfinite_number", "/nonfinite", "1", "nonfinite: must be true or false"},
      {"se_null", "/se", "null", "se.: must be an object"},
      {"se_array", "/se", "[]", "se.: must be an object"},
      {"se_kind", "/se/kind", "\"dpt\"", "se.kind: must be cmgan"},
      {"se_kind_number", "/se/kind", "1", "se.kind: must be a string"},
      {"se_channels_0", "/se/channels", "0", "se.channels: must be an integer from 4 to 1024"},
      {"se_channels_6", "/se/channels", "6", "se.channels: must be a multiple of 4"},
      {"se_channels_big", "/se/channels", "1028", "se.channels: must be an integer from 4 to 1024"},
      {"se_channels_2_63", "/se/channels", "9223372036854775808", "se.channels: must be an integer"},
      {"se_channels_negative", "/se/channels", "-4", "se.channels: must be an integer"},
      {"se_tscbs_0", "/se/tscbs", "0", "se.tscbs: must be an integer from 1 to 64"},
      {"se_tscbs_65", "/se/tscbs", "65", "se.tscbs: must be an integer from 1 to 64"},
      {"se_unknown", "/se/heads", "4", "se.heads: unknown"},
      {"ser_string", "/ser", "\"x\"", "ser.: must be an object"},
      {"ser_kind", "/ser/kind", "\"cnn10\"", "ser.kind: must be cnn6 or residual"},
      {"widths_three", "/ser/widths", "[1,2,3]", widths + "4 integers"},
      {"widths_five", "/ser/widths", "[1,2,3,4,16]", widths + "4 integers"},
      {"widths_text", "/ser/widths", "\"4\"", widths + "4 integers"},
      {"widths_zero", "/ser/widths", "[0,8,8,16]", "ser.widths: must be an integer from 1 to 4096"},
      {"widths_big", "/ser/widths", "[4,8,8,4097]", "ser.widths: must be an integer from 1 to 4096"},
      {"embedding_0", "/ser/embedding", "0", "ser.embedding: must be an integer from 1 to 4096"},
      {"embedding_not_last_width", "/ser/embedding", "8",
       "ser.embedding: must be the last width of a residual encoder"},
      {"hidden_0", "/ser/hidden", "0", "ser.hidden: must be an integer from 1 to 4096"},
      {"hidden_true", "/ser/hidden", "true", "ser.hidden: must be an integer"},
      {"blend_number", "/ser/blend", "1", "ser.blend: must be true or false"},
      {"blend_false_with_bridge", "/ser/blend", "false", "ser.bridge: needs the blend's coefficient"},
      {"bridge_null", "/ser/bridge", "null", "ser.bridge: must be true or false"},
      {"labels_none", "/ser/labels", "[]", "ser.labels: must be 1 to 1000 names"},
      {"labels_text", "/ser/labels", "\"angry\"", "ser.labels: must be 1 to 1000 names"},
      {"labels_number", "/ser/labels", "[\"a\",1]", "ser.labels: must be names that are not empty"},
      {"labels_empty_name", "/ser/labels", "[\"a\",\"\"]", "ser.labels: must be names that are not empty"},
      {"labels_twice", "/ser/labels", "[\"a\",\"b\",\"a\"]", "ser.labels: must not repeat a name"},
      {"fit_text", "/ser/fit", "\"tile:5\"", "ser.fit.: must be an object"},
      {"fit_rule", "/ser/fit/rule", "\"cut\"", "ser.fit.rule: must be tile, pad or none"},
      {"fit_none_with_seconds", "/ser/fit/rule", "\"none\"", "ser.fit.seconds: unknown"},
      {"seconds_0", "/ser/fit/seconds", "0", "ser.fit.seconds: must be a number from 0.2 to 600"},
      {"seconds_601", "/ser/fit/seconds", "601", "ser.fit.seconds: must be a number from 0.2 to 600"},
      {"seconds_text", "/ser/fit/seconds", "\"5\"", "ser.fit.seconds: must be a number"},
      {"seconds_negative", "/ser/fit/seconds", "-5", "ser.fit.seconds: must be a number"},
  };
}

class BadConfig : public testing::TestWithParam<Case> {};

TEST_P(BadConfig, IsNamed) {
  Json json = Json::parse(to_json(whole()));
  json[Json::json_pointer(GetParam().pointer)] = Json::parse(GetParam().value);
  expect_in(refusal([&] { config_from_json(json.dump(), "m"); }), "m: configuration: " + GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, BadConfig, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(Config, EveryMissingKeyIsNamed) {
  const Json json = Json::parse(to_json(whole())).flatten();
  int removed = 0;
  for (const auto& [pointer, value] : json.items()) {
    const Json::json_pointer path(pointer);
    const std::string key = path.back();
    if (key.find_first_not_of("0123456789") == key.npos) continue;  // of an array
    Json without = Json::parse(to_json(whole()));
    without[path.parent_pointer()].erase(key);
    expect_in(refusal([&] { config_from_json(without.dump(), "m"); }), key + ": missing");
    ++removed;
  }
  EXPECT_EQ(removed, 11);
}

TEST(Config, ALongTextIsRefusedUnread) {
  std::string objects = "{}";
  while (objects.size() + 14 < kLongestConfiguration) objects += ",{}";
  const std::string most = R"({"version":[)" + objects + "]}";
  expect_in(refusal([&] { config_from_json(most, "x"); }), "x: configuration: version: must be an integer");
  const std::string text = R"({"version":[)" + objects + std::string(kLongestConfiguration, ' ') + "]}";
  expect_in(refusal([&] { config_from_json(text, "x"); }),
            "x: configuration: " + std::to_string(text.size()) + " bytes, at most 65536");
}

TEST(Config, RefusesTextThatIsNoConfiguration) {
  const auto said = [](const std::string& text) { return refusal([&] { config_from_json(text, "m"); }); };
  expect_in(said(""), "m: configuration: not valid JSON");
  expect_in(said("{"), "m: configuration: not valid JSON");
  expect_in(said("{}x"), "m: configuration: not valid JSON");
  expect_in(said(to_json(whole()) + std::string("\0x", 2)), "m: configuration: not valid JSON");
  expect_in(said("{\"version\":1e400}"), "m: configuration: not valid JSON");
  expect_in(said("{\"version\":\"\xff\"}"), "m: configuration: not valid JSON");
  expect_in(said("{\"version\":1,\"version\":1}"), "m: configuration: version: duplicate key");
  expect_in(said("{\"version\":1,\"se\":{\"kind\":\"cmgan\",\"kind\":\"cmgan\"}}"),
            "m: configuration: kind: duplicate key");
  expect_in(said("{\"version\":1,\"se\":{\"version\":1}}"), "m: configuration: se.kind: missing");
  expect_in(said("[]"), "m: configuration: must be an object");
  expect_in(said("null"), "m: configuration: must be an object");
  expect_in(said("{\"version\":1}"), "m: configuration: has neither se nor ser");
  expect_in(said(test::repeat("[", 60'000)), "m: configuration: nested too deep");
  expect_in(said(test::repeat("{\"a\":", 10'000)), "m: configuration: nested too deep");
  expect_in(said("{\"version\":1,\"a\\nb\":1}"), "m: configuration: ");
}

}  // namespace
}  // namespace serene::weights
