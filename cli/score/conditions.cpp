#include "cli/score/conditions.h"

#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <system_error>

#include "cli/inputs/input_key.h"
#include "cli/rows/row.h"
#include "cli/text/base64.h"
#include "weights/utf8.h"

namespace serene::cli {
namespace {

using nlohmann::json;

// As it is seen from the rows, so that both may be moved together.
std::string path_beside_rows(const std::string& path, const std::string& rows) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  const std::string seen =
      target.lexically_relative(fs::weakly_canonical(rows, error).parent_path()).string();
  return weights::is_utf8(seen) ? seen : "b64:" + base64(seen);
}

}  // namespace

std::string conditions(const ScoreOptions& options, const ScoringRule& rule, const json& description) {
  // As they were given: what follows from another option is not what the user changed. A hop that is the
  // window is the default.
  const size_t window = options.window != 0 ? rule.window : 0;
  const size_t hop = options.hop != 0 && rule.hop != window ? rule.hop : 0;
  nlohmann::ordered_json conditions;
  conditions["version of serene"] =
      fmt::format("rows {} scores {} keys {}", kRowSchema, kScoreRule, kInputKeyVersion);
  conditions["--model"] = description.at("sha256");
  conditions["--format"] = options.format == RowFormat::csv ? "csv" : "jsonl";
  conditions["--escape-formulas"] = options.escape_formulas;
  conditions["--window"] = window;
  conditions["--hop"] = hop;
  conditions["--channels"] = to_text(options.channels);
  conditions["--level"] = options.level ? json(*options.level) : json(nullptr);
  // Where it is not given, journals are as they were before it could be.
  if (options.min_confidence > 0) conditions["--min-confidence"] = options.min_confidence;
  conditions["--strict"] = options.strict;
  conditions["--precision"] = options.engine.precision;
  // Where there are none, journals are as they were before there could be.
  if (rule.vector) {
    conditions["--embedding"] = *rule.vector;
    conditions["--embeddings"] = path_beside_rows(options.embeddings, options.output);
  }
  return conditions.dump();
}

}  // namespace serene::cli
