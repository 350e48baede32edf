// What `serene evaluate` finds, and how it is shown.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/evaluate/coefficients.h"
#include "cli/evaluate/measures.h"
#include "cli/rows/row.h"

namespace serene::cli {

// Numbers in their order, then texts.
struct ValueOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};
template <class Measured>
using ByValue = std::map<std::string, Measured, ValueOrder>;

// Measured is Confusion, or Agreement.
template <class Measured>
struct Groups {
  Measured all;
  // By column, then by its value; "" where a row has no such column.
  std::vector<std::pair<std::string, ByValue<Measured>>> by;
};

struct Evaluation {
  std::string output;  // that is compared, "" for `label`
  std::variant<Groups<Confusion>, Groups<Agreement>> groups;
  Coefficients coefficients;  // of every recording that was scored, with a label or not
  int64_t failed = 0;         // labelled recordings whose row is an error: in no measure
  // Labelled recordings whose row says why it has no label: the same.
  int64_t silent = 0;          // of silence, or for a reason that is not known here
  int64_t no_speech = 0;       // the model finds no speech
  int64_t low_confidence = 0;  // below --min-confidence
  int64_t unlabelled = 0;      // rows without a label
  int64_t not_scored = 0;      // labels without a row
};

// "not counted: 1 failed, ...": how many are in no measure, and why.
std::string not_counted_text(const Evaluation& evaluation);
// For people: measures in percent, the matrix with a row for each reference.
std::string evaluation_text(const Evaluation& evaluation);
// One object; docs/cli.md describes every field.
Row evaluation_json(const Evaluation& evaluation);

}  // namespace serene::cli
