// The measures of an evaluation, under the names that text, JSON and page have them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/evaluate/agreement.h"
#include "cli/evaluate/confusion.h"

namespace serene::cli {

struct Measure {
  const char* key;  // "macro_f1"
  const char* title;
  std::optional<double> value;  // nothing where it is not defined
  bool is_share;                // shown in percent
};

std::vector<Measure> measures_of(const Confusion& confusion);
std::vector<Measure> measures_of(const Agreement& agreement);

// For people.
std::string text_of(const Measure& measure);

}  // namespace serene::cli
