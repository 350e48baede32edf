#include "weights/config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "weights/refuse.h"

namespace serene::weights {
namespace {

using Json = nlohmann::json;

const char* name_of(Encoder encoder) { return encoder == Encoder::cnn6 ? "cnn6" : "residual"; }
const char* name_of(FitRule rule) {
  return rule == FitRule::tile ? "tile" : rule == FitRule::pad ? "pad" : "none";
}

// Reads one JSON object and refuses what it does not know.
class Reader {
 public:
  Reader(const Json& json, std::string path, const std::string& file)
      : json_(json), path_(std::move(path)), file_(file) {
    if (!json.is_object()) fail("", "must be an object");
  }

  [[noreturn]] void fail(const std::string& key, const std::string& cause) const {
    const std::string where = path_ + key;
    refuse(file_, "configuration: " + (where.empty() ? "" : where + ": ") + cause);
  }
  bool has(const std::string& key) {
    known_.insert(key);
    return json_.contains(key);
  }
  const Json& get(const std::string& key) {
    if (!has(key)) fail(key, "missing");
    return json_[key];
  }
  Reader object(const std::string& key) { return {get(key), path_ + key + ".", file_}; }
  int integer(const std::string& key, int low, int high) { return integer_of(get(key), key, low, high); }
  bool boolean(const std::string& key) {
    const Json& value = get(key);
    if (!value.is_boolean()) fail(key, "must be true or false");
    return value.get<bool>();
  }
  std::string text(const std::string& key) {
    const Json& value = get(key);
    if (!value.is_string()) fail(key, "must be a string");
    return value.get<std::string>();
  }
  std::vector<int> integers(const std::string& key, size_t count, int low, int high) {
    const Json& value = get(key);
    if (!value.is_array() || value.size() != count)
      fail(key, "must be " + std::to_string(count) + " integers");
    std::vector<int> all;
    for (const Json& element : value) all.push_back(integer_of(element, key, low, high));
    return all;
  }
  std::vector<std::string> labels(const std::string& key) {
    const Json& value = get(key);
    if (!value.is_array() || value.empty() || value.size() > 1000) fail(key, "must be 1 to 1000 names");
    std::vector<std::string> all;
    for (const Json& element : value) {
      if (!element.is_string() || element.get<std::string>().empty())
        fail(key, "must be names that are not empty");
      all.push_back(element.get<std::string>());
      if (printable(all.back()) != all.back())
        fail(key, "must be names of at most 4000 bytes without control characters");
    }
    if (std::set<std::string>(all.begin(), all.end()).size() != all.size())
      fail(key, "must not repeat a name");
    return all;
  }
  void refuse_unknown() const {
    for (const auto& [key, value] : json_.items()) {
      if (!known_.contains(key)) fail(key, "unknown");
    }
  }

 private:
  int integer_of(const Json& value, const std::string& key, int low, int high) const {
    if (!value.is_number_integer() || value < low || value > high) {
      fail(key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return value.get<int>();
  }

  const Json& json_;
  std::string path_;
  const std::string& file_;
  std::set<std::string> known_;
};

SeConfig read_se(Reader reader) {
  SeConfig se;
  if (reader.text("kind") != "cmgan") reader.fail("kind", "must be cmgan");
  se.channels = reader.integer("channels", 4, 1024);
  if (se.channels % 4 != 0) reader.fail("channels", "must be a multiple of 4");
  se.tscbs = reader.integer("tscbs", 1, 64);
  reader.refuse_unknown();
  return se;
}

Fit read_fit(Reader reader) {
  Fit fit;
  const std::string rule = reader.text("rule");
  if (rule != "tile" && rule != "pad" && rule != "none") reader.fail("rule", "must be tile, pad or none");
  fit.rule = rule == "tile" ? FitRule::tile : rule == "pad" ? FitRule::pad : FitRule::none;
  if (fit.rule != FitRule::none) {
    const Json& seconds = reader.get("seconds");
    if (!seconds.is_number() || !(seconds.get<double>() >= 0.2) || !(seconds.get<double>() <= 600)) {
      reader.fail("seconds", "must be a number from 0.2 to 600");
    }
    fit.seconds = seconds.get<double>();
  }
  reader.refuse_unknown();
  return fit;
}

SerConfig read_ser(Reader reader) {
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
  ser.labels = reader.labels("labels");
  ser.fit = read_fit(reader.object("fit"));
  reader.refuse_unknown();
  return ser;
}

// Looks through a text before it becomes a tree, which would go as deep as the text does and hide a key's
// double. Not as the parser's callback, which takes time by the square of what an array holds.
class StrictKeys : public nlohmann::json_sax<Json> {
 public:
  explicit StrictKeys(const std::string& file) : file_(file) {}

  bool start_object(size_t) override {
    keys_.emplace_back();
    return start_array(0);
  }
  bool end_object() override {
    keys_.pop_back();
    return end_array();
  }
  bool start_array(size_t) override {
    if (++depth_ > 8) refuse(file_, "configuration: nested too deep");
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(std::string& text) override {
    if (!keys_.back().insert(text).second) refuse(file_, "configuration: " + text + ": duplicate key");
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  const std::string& file_;
  std::vector<std::set<std::string>> keys_;
  int depth_ = 0;
};

}  // namespace

const char* cannot_score(const ModelConfig& config) {
  if (!config.ser) return "the model has no classifier, it can enhance only";
  if (config.ser->blend && !config.se)
    return "the classifier needs enhanced speech, and the model has no enhancer";
  return "";
}

const char* cannot_enhance(const ModelConfig& config) { return config.se ? "" : "the model has no enhancer"; }

std::string to_json(const ModelConfig& config) {
  Json json;
  json["version"] = config.version;
  if (config.nonfinite) json["nonfinite"] = true;
  if (config.se)
    json["se"] = {{"kind", "cmgan"}, {"channels", config.se->channels}, {"tscbs", config.se->tscbs}};
  if (config.ser) {
    const SerConfig& ser = *config.ser;
    Json fit = {{"rule", name_of(ser.fit.rule)}};
    if (ser.fit.rule != FitRule::none) {
      const double whole = std::round(ser.fit.seconds);
      fit["seconds"] = whole == ser.fit.seconds ? Json(static_cast<int64_t>(whole)) : Json(ser.fit.seconds);
    }
    json["ser"] = {{"kind", name_of(ser.encoder)}, {"widths", ser.widths},
                   {"embedding", ser.embedding},   {"hidden", ser.hidden},
                   {"blend", ser.blend},           {"bridge", ser.bridge},
                   {"labels", ser.labels},         {"fit", fit}};
  }
  return json.dump();
}

ModelConfig config_from_json(const std::string& text, const std::string& name) {
  if (text.size() > kLongestConfiguration) {
    refuse(name, "configuration: " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(kLongestConfiguration));
  }
  // The parser takes a NUL for the end and would leave what is behind it unread.
  const bool whole = text.find('\0') == text.npos;
  StrictKeys strict(name);
  const bool sound = whole && Json::sax_parse(text, &strict);
  const Json json = sound ? Json::parse(text, nullptr, false) : Json(Json::value_t::discarded);
  if (json.is_discarded()) refuse(name, "configuration: not valid JSON");
  Reader reader(json, "", name);
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
