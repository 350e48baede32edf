// The rows that `serene score` wrote, read again.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/rows/row.h"

namespace serene::cli {

struct ScoredRow {
  std::string path;                   // or path_b64, "b64:" before it
  std::string id;                     // "" for none
  std::string channel;                // the same
  std::string label;                  // "" for an error, and where `reason` says why there is none
  std::string reason;                 // "" where there is a label
  std::string reference;              // "" for none
  std::optional<double> coefficient;  // in [0, 1]; nothing where the model has no blend
  Row outputs = Row::object();  // further ones and `level`: a number, or an object with label and posterior
  Row columns = Row::object();  // of the manifest
  std::vector<std::string> classes;  // what the model can give; empty where the row does not say
  bool failed = false;
};

// One at a time, JSON lines or CSV by what the file begins with; windows' rows are passed over. Throws
// Stop(kExitUsage) naming file and line for what is no such row.
void read_scored_rows(const std::string& path, const std::function<void(const ScoredRow&)>& found);

// A number, as JSON has it or as text; nothing for anything else, and for what is not finite.
std::optional<double> number_of(const Row& value);

// A label or id as text, whatever JSON it is; "" for null.
std::string plain_text(const Row& value);

}  // namespace serene::cli
