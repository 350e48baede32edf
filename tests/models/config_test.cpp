#include "runtime/models/common/model_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/hostile_bytes.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene::models {
namespace {

using Json = nlohmann::json;
using networks::TrnetEncoder;
using test::expect_in;
using test::refusal;

// As version 1, which is read for ever.
test::ModelSpec whole() {
  test::ModelSpec config;
  config.version = 1;
  config.se = test::small_se();
  config.ser = test::small_ser(TrnetEncoder::residual);
  return config;
}

void expect_round_trip(test::ModelSpec spec) {
  for (const int version : {1, 2}) {
    spec.version = version;
    const ModelConfig config = spec;
    const ModelConfig read = config_from_json(to_json(config), "x");
    EXPECT_EQ(to_json(read), to_json(config));
    EXPECT_EQ(read.version, version);
    EXPECT_EQ(read.model, config.model);
    EXPECT_EQ(read.clip, config.clip);
    EXPECT_EQ(read.outputs, config.outputs);
    EXPECT_EQ(read.nonfinite, config.nonfinite);
  }
}

TEST(Config, RoundTrip) {
  test::ModelSpec config = whole();
  expect_round_trip(config);
  config.ser->fit = {FitRule::pad, 5};
  config.ser->bridge = false;
  expect_round_trip(config);
  config.ser->blend = false;
  config.ser->fit = {};
  config.ser->labels = {"\xc3\xa4rgerlich", "a \"quoted\" name", "x, y"};
  expect_round_trip(config);
  config.ser.reset();
  expect_round_trip(config);
  config.se.reset();
  config.ser = test::small_ser(TrnetEncoder::cnn6);
  config.nonfinite = true;
  expect_round_trip(config);
}

TEST(Config, TextIsCanonical) {
  test::ModelSpec config;
  config.version = 1;
  config.se = networks::CmganConfig{};
  EXPECT_EQ(to_json(config), R"({"se":{"channels":64,"kind":"cmgan","tscbs":4},"version":1})");
  config.se.reset();
  config.ser = test::small_ser(TrnetEncoder::cnn6);
  config.ser->fit = {FitRule::tile, 5};
  EXPECT_EQ(
      to_json(config),
      R"({"ser":{"blend":true,"bridge":true,"embedding":16,"fit":{"rule":"tile","seconds":5},"hidden":8,)"
      R"("kind":"cnn6","labels":["angry","happy","sad"],"widths":[4,8,8,16]},"version":1})");
  config.version = 2;
  config.se = networks::CmganConfig{};
  EXPECT_EQ(
      to_json(config),
      R"({"clip":{"rule":"tile","seconds":5},"model":"trnet","outputs":[{"kind":"classes",)"
      R"("labels":["angry","happy","sad"],"name":"emotion"}],"parts":{"se":{"channels":64,"network":"cmgan",)"
      R"("tscbs":4},"ser":{"blend":true,"bridge":true,"classes":3,"embedding":16,"encoder":"cnn6","hidden":8,)"
      R"("network":"trnet","widths":[4,8,8,16]}},"sample_rate":16000,"version":2})");
}

TEST(Config, Version1IsAModelOfVersion2) {
  test::ModelSpec spec = whole();
  ModelConfig config = config_from_json(to_json(spec), "x");
  config.version = 2;
  spec.version = 2;
  EXPECT_EQ(to_json(config), to_json(spec));
  spec.ser.reset();
  spec.version = 1;
  config = config_from_json(to_json(spec), "x");
  EXPECT_EQ(config.model, "enhance");
  EXPECT_EQ(config.clip, Fit{});
  EXPECT_TRUE(config.outputs.empty());
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
      {"version_3", "/version", "3", "version: is 3, this program knows up to 2"},
      {"version_1_as_2", "/version", "2", "model: missing"},
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
      {"labels_none", "/ser/labels", "[]", "ser.labels: no names"},
      {"labels_text", "/ser/labels", "\"angry\"", "ser.labels: must be names"},
      {"labels_number", "/ser/labels", "[\"a\",1]", "ser.labels: must be names"},
      {"labels_empty_name", "/ser/labels", "[\"a\",\"\"]", "ser.labels: an empty name"},
      {"labels_twice", "/ser/labels", "[\"a\",\"b\",\"a\"]", "ser.labels: a name is there twice"},
      {"fit_text", "/ser/fit", "\"tile:5\"", "ser.fit.: must be an object"},
      {"fit_rule", "/ser/fit/rule", "\"cut\"", "ser.fit.rule: must be tile, pad or none"},
      {"fit_none_with_seconds", "/ser/fit/rule", "\"none\"", "ser.fit.seconds: unknown"},
      {"seconds_0", "/ser/fit/seconds", "0", "ser.fit.seconds: must be a number from 0.2 to 600"},
      {"seconds_601", "/ser/fit/seconds", "601", "ser.fit.seconds: must be a number from 0.2 to 600"},
      {"seconds_text", "/ser/fit/seconds", "\"5\"", "ser.fit.seconds: must be a number"},
      {"seconds_negative", "/ser/fit/seconds", "-5", "ser.fit.seconds: must be a number"},
  };
}

std::vector<Case> version_2_cases() {
  return {
      {"version_2_as_1", "/version", "1", "has neither se nor ser"},
      {"model_number", "/model", "1", "model: must be a string"},
      {"model_unknown", "/model", "\"trnet2\"",
       "model: must be classify, encode, encoder_heads, enhance, nrser or trnet"},
      {"model_of_other_parts", "/model", "\"enhance\"",
       "parts: model enhance needs one enhancer and nothing else"},
      {"rate_8000", "/sample_rate", "8000", "sample_rate: must be 16000"},
      {"rate_text", "/sample_rate", "\"16000\"", "sample_rate: must be an integer"},
      {"clip_text", "/clip", "\"tile:5\"", "clip.: must be an object"},
      {"clip_rule", "/clip/rule", "\"cut\"", "clip.rule: must be tile, pad or none"},
      {"parts_array", "/parts", "[]", "parts.: must be an object"},
      {"parts_none", "/parts", "{}", "parts.: must be 1 to 16 parts"},
      {"part_named_with_a_dot", "/parts/a.b", "{}", "parts.a.b: must be a name of a-z, 0-9 and _"},
      {"part_number", "/parts/se", "1", "parts.se.: must be an object"},
      {"two_enhancers", "/parts/other", R"({"network":"cmgan","channels":8,"tscbs":1})",
       "parts: model trnet needs one recogniser and takes one enhancer besides it"},
      {"network_unknown", "/parts/se/network", "\"dccrn\"",
       "parts.se.network: dccrn is not a network of this program"},
      {"network_of_another", "/parts/se/network", "\"trnet\"", "parts.se.encoder: missing"},
      {"channels_6", "/parts/se/channels", "6", "parts.se.channels: must be a multiple of 4"},
      {"part_unknown_key", "/parts/se/heads", "4", "parts.se.heads: unknown"},
      {"encoder", "/parts/ser/encoder", "\"cnn10\"", "parts.ser.encoder: must be cnn6 or residual"},
      {"classes_0", "/parts/ser/classes", "0", "parts.ser.classes: must be an integer from 1 to 1000"},
      {"classes_4", "/parts/ser/classes", "4", "outputs: 3 labels for 4 classes"},
      {"outputs_object", "/outputs", "{}", "outputs: must be 1 to 16 objects"},
      {"outputs_none", "/outputs", "[]", "outputs: must be 1 to 16 objects"},
      {"output_name", "/outputs/0/name", "\"mood\"",
       "outputs: model trnet has one output with labels, emotion"},
      {"output_kind", "/outputs/0/kind", "\"scalar\"", "outputs[0].kind: must be classes"},
      {"output_labels_twice", "/outputs/0/labels", R"(["a","b","a"])",
       "outputs[0].labels: a name is there twice"},
      {"output_unknown", "/outputs/0/unit", "1", "outputs[0].unit: unknown"},
      {"top_unknown", "/se", "{}", "se: unknown"},
  };
}

class BadConfig : public testing::TestWithParam<Case> {};

TEST_P(BadConfig, IsNamed) {
  Json json = Json::parse(to_json(whole()));
  json[Json::json_pointer(GetParam().pointer)] = Json::parse(GetParam().value);
  expect_in(refusal([&] { config_from_json(json.dump(), "m"); }), "m: configuration: " + GetParam().expected);
}

class BadVersion2 : public testing::TestWithParam<Case> {};

TEST_P(BadVersion2, IsNamed) {
  test::ModelSpec spec = whole();
  spec.version = 2;
  Json json = Json::parse(to_json(spec));
  json[Json::json_pointer(GetParam().pointer)] = Json::parse(GetParam().value);
  expect_in(refusal([&] { config_from_json(json.dump(), "m"); }), "m: configuration: " + GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, BadVersion2, testing::ValuesIn(version_2_cases()),
                         [](const auto& test) { return test.param.name; });
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
}  // namespace serene::models
