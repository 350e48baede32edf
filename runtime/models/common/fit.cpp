#include "runtime/models/common/fit.h"

#include <cmath>

namespace serene::models {
namespace {

constexpr double kShortest = 0.2, kLongest = 600;

const char* name_of(FitRule rule) {
  return rule == FitRule::tile ? "tile" : rule == FitRule::pad ? "pad" : "none";
}

}  // namespace

Fit read_fit(json::ObjectReader reader) {
  Fit fit;
  const std::string rule = reader.word("rule", {"tile", "pad", "none"});
  fit.rule = rule == "tile" ? FitRule::tile : rule == "pad" ? FitRule::pad : FitRule::none;
  if (fit.rule != FitRule::none) fit.seconds = reader.number("seconds", kShortest, kLongest);
  reader.refuse_unknown();
  return fit;
}

json::Value to_value(const Fit& fit) {
  json::Object object = json::object("rule", name_of(fit.rule));
  if (fit.rule != FitRule::none) {
    const auto whole = static_cast<int64_t>(std::round(fit.seconds));
    const bool is_whole = static_cast<double>(whole) == fit.seconds;
    json::add(object, "seconds", is_whole ? json::Value(whole) : json::Value(fit.seconds));
  }
  return object;
}

}  // namespace serene::models
