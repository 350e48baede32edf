// The built program, run as a user does.
#pragma once

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"

namespace serene::test {

using Json = nlohmann::json;

inline ProcessResult serene(std::vector<std::string> arguments, ProcessOptions options = {}) {
  arguments.insert(arguments.begin(), SERENE_TEST_PROGRAM);
  bool has_model = false;
  for (const auto& [name, value] : options.environment) has_model |= name == "SERENE_MODEL";
  if (!has_model) options.environment.emplace_back("SERENE_MODEL", SERENE_TEST_MODEL);
  return run_process(arguments, options);
}

// One row for each line; throws where a line is not JSON.
inline std::vector<Json> rows_of(const std::string& text) {
  std::vector<Json> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  return rows;
}

}  // namespace serene::test
