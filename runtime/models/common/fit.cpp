#include "runtime/models/common/fit.h"

#include "weights/config_text.h"

namespace serene::models {
namespace {

constexpr double kShortest = 0.2, kLongest = 600;

const char* name_of(FitRule rule) {
  return rule == FitRule::tile ? "tile" : rule == FitRule::pad ? "pad" : "none";
}

}  // namespace

Fit read_fit(weights::ConfigReader reader) {
  Fit fit;
  const std::string rule = reader.word("rule", {"tile", "pad", "none"});
  fit.rule = rule == "tile" ? FitRule::tile : rule == "pad" ? FitRule::pad : FitRule::none;
  if (fit.rule != FitRule::none) fit.seconds = reader.number("seconds", kShortest, kLongest);
  reader.refuse_unknown();
  return fit;
}

std::string to_json(const Fit& fit) {
  weights::JsonObject json;
  json.add_text("rule", name_of(fit.rule));
  if (fit.rule != FitRule::none) json.add("seconds", weights::json_text(fit.seconds));
  return json.text();
}

}  // namespace serene::models
