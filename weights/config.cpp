#include "weights/config.h"

#include <cmath>
#include <utility>

#include "weights/json/object_reader.h"
#include "weights/json/parse.h"
#include "weights/json/text.h"
#include "weights/refuse.h"

namespace serene::weights {
namespace {

// Of objects and arrays in a configuration.
constexpr size_t kDeepest = 8;

const char* name_of(Encoder encoder) { return encoder == Encoder::cnn6 ? "cnn6" : "residual"; }
const char* name_of(FitRule rule) {
  return rule == FitRule::tile ? "tile" : rule == FitRule::pad ? "pad" : "none";
}

SeConfig read_se(json::ObjectReader reader) {
  SeConfig se;
  if (reader.text("kind") != "cmgan") reader.fail("kind", "must be cmgan");
  se.channels = reader.integer("channels", 4, 1024);
  if (se.channels % 4 != 0) reader.fail("channels", "must be a multiple of 4");
  se.tscbs = reader.integer("tscbs", 1, 64);
  reader.refuse_unknown();
  return se;
}

Fit read_fit(json::ObjectReader reader) {
  Fit fit;
  const std::string rule = reader.text("rule");
  if (rule != "tile" && rule != "pad" && rule != "none") reader.fail("rule", "must be tile, pad or none");
  fit.rule = rule == "tile" ? FitRule::tile : rule == "pad" ? FitRule::pad : FitRule::none;
  if (fit.rule != FitRule::none) fit.seconds = reader.number("seconds", 0.2, 600);
  reader.refuse_unknown();
  return fit;
}

SerConfig read_ser(json::ObjectReader reader) {
  SerConfig ser;
  const std::string kind = reader.text("kind");
  if (kind != "cnn6" && kind != "residual") reader.fail("kind", "must be cnn6 or residual");
  ser.encoder = kind == "cnn6" ? Encoder::cnn6 : Encoder::residual;
  ser.widths = reader.integers("widths", 4, 1, 4096);
  ser.embedding = reader.integer("embedding", 1, 4096);
  if (ser.encoder == Encoder::residual && ser.embedding != ser.widths.back()) {
    reader.fail("embedding", "must be the last width of a residual encoder");
  }
  ser.hidden = reader.integer("hidden", 1, 4096);
  ser.blend = reader.boolean("blend");
  ser.bridge = reader.boolean("bridge");
  if (ser.bridge && !ser.blend) reader.fail("bridge", "needs the blend's coefficient");
  ser.labels = reader.names("labels");
  ser.fit = read_fit(reader.object("fit"));
  reader.refuse_unknown();
  return ser;
}

json::Value value_of(const SeConfig& se) {
  return json::object("kind", "cmgan", "channels", se.channels, "tscbs", se.tscbs);
}

json::Value value_of(const Fit& fit) {
  json::Object all = json::object("rule", name_of(fit.rule));
  if (fit.rule != FitRule::none) {
    const auto whole = static_cast<int64_t>(std::round(fit.seconds));
    const bool is_whole = static_cast<double>(whole) == fit.seconds;
    json::add(all, "seconds", is_whole ? json::Value(whole) : json::Value(fit.seconds));
  }
  return all;
}

json::Value value_of(const SerConfig& ser) {
  return json::object("kind", name_of(ser.encoder), "widths",
                      json::Array(ser.widths.begin(), ser.widths.end()), "embedding", ser.embedding, "hidden",
                      ser.hidden, "blend", ser.blend, "bridge", ser.bridge, "labels",
                      json::Array(ser.labels.begin(), ser.labels.end()), "fit", value_of(ser.fit));
}

}  // namespace

json::Value to_value(const ModelConfig& config) {
  json::Object all = json::object("version", config.version);
  if (config.nonfinite) json::add(all, "nonfinite", true);
  if (config.se) json::add(all, "se", value_of(*config.se));
  if (config.ser) json::add(all, "ser", value_of(*config.ser));
  return all;
}

std::string to_json(const ModelConfig& config) { return json::text(to_value(config)); }

ModelConfig config_from_json(const std::string& text, const std::string& name) {
  if (text.size() > kLongestConfiguration) {
    refuse(name, "configuration: " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(kLongestConfiguration));
  }
  json::Value root;
  try {
    root = json::parse(text, kDeepest);
  } catch (const json::ParseError& error) {
    refuse(name, std::string("configuration: ") + error.what());
  }
  json::ObjectReader reader(root, "", name);
  ModelConfig config;
  config.version = reader.integer("version", 1, 1000000);
  if (config.version > kFormatVersion) {
    reader.fail("version", "is " + std::to_string(config.version) + ", this program knows up to " +
                               std::to_string(kFormatVersion));
  }
  if (reader.has("se")) config.se = read_se(reader.object("se"));
  if (reader.has("ser")) config.ser = read_ser(reader.object("ser"));
  if (!config.se && !config.ser) reader.fail("", "has neither se nor ser");
  if (reader.has("nonfinite")) config.nonfinite = reader.boolean("nonfinite");
  reader.refuse_unknown();
  return config;
}

}  // namespace serene::weights
