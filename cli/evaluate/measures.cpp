#include "cli/evaluate/measures.h"

#include <spdlog/fmt/fmt.h>

#include "cli/evaluate/markup.h"

namespace serene::cli {

std::vector<Measure> measures_of(const Confusion& confusion) {
  return {{"uar", "UAR", confusion.uar(), true},
          {"war", "WAR", confusion.war(), true},
          {"macro_f1", "macro F1", confusion.macro_f1(), true}};
}

std::vector<Measure> measures_of(const Agreement& agreement) {
  return {{"ccc", "CCC", agreement.ccc(), false},
          {"pearson", "Pearson", agreement.pearson(), false},
          {"rmse", "RMSE", agreement.rmse(), false}};
}

std::string text_of(const Measure& measure) {
  if (!measure.value) return "-";
  return measure.is_share ? percent_text(*measure.value) : fmt::format("{:.4f}", *measure.value);
}

}  // namespace serene::cli
