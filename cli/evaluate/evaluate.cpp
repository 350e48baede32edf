// `serene evaluate`: how many rows are right.
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/commands/commands.h"
#include "cli/evaluate/evaluation.h"
#include "cli/evaluate/page.h"
#include "cli/evaluate/truth.h"
#include "cli/options/list_option.h"
#include "cli/output/output.h"
#include "cli/output/output_file.h"
#include "cli/output/output_option.h"
#include "cli/output/replaceable.h"
#include "cli/report/logging.h"

namespace serene::cli {
namespace {

struct EvaluateOptions {
  std::string rows;
  ManifestOptions labels{.format_option = "--labels-format", .can_skip = false};
  std::vector<std::string> by;
  std::string snr_column;  // "": snr, where there is one
  std::string html;
  bool json = false;
};

constexpr const char* kEvaluateFooter =
    "UAR is the mean recall of the labels, WAR the share that is right, macro F1 the mean F1 of the labels.\n"
    "The label of a recording comes from the manifest it was scored with, or from --labels, whose rows are\n"
    "found by id where both have one, else by path. Recordings that failed, and those of silence, are "
    "counted\n"
    "apart.\n"
    "\n"
    "The coefficient, higher for cleaner sound, is shown over the column snr, or that of --snr-column, of "
    "every\n"
    "recording that was scored, with a label or not.\n"
    "\n"
    "Examples:\n"
    "  serene score --manifest test.csv -o rows.jsonl && serene evaluate rows.jsonl --by snr --by noise\n"
    "  serene evaluate rows.jsonl --labels truth.csv --json | jq .uar\n"
    "  serene evaluate rows.jsonl --by noise --html evaluation.html\n"
    "\n"
    "Exit codes: 0 shown, 2 usage or a row that makes no sense, 6 no row with a label, 7 output.";

// What the row has in a column: the labels' list has the last word.
std::string value_in(const std::string& column, const ScoredRow& row, const Truth::Entry* entry) {
  if (entry != nullptr && entry->columns.is_object() && entry->columns.contains(column)) {
    return plain_text(entry->columns.at(column));
  }
  if (row.columns.contains(column)) return plain_text(row.columns.at(column));
  return column == "channel" ? row.channel : "";
}

// A page must never replace what it is made from.
void protect_inputs(const EvaluateOptions& options) {
  for (const std::string& input : {options.rows, options.labels.path}) {
    std::error_code none;
    if (!input.empty() && std::filesystem::equivalent(options.html, input, none)) {
      throw Stop(kExitUsage, "--html " + options.html + " is " + input + ", which the page would replace");
    }
  }
}

// What of the rows and the labels does not fit together.
struct Mismatch {
  std::string row;                // the first one's id or path, as the labels' list is searched
  std::set<std::string> unknown;  // reference labels that the model does not give
  std::string classes;            // that it gives
};

void note(const ScoredRow& row, const std::string& reference, Mismatch& mismatch) {
  if (row.classes.empty() || std::ranges::find(row.classes, reference) != row.classes.end()) return;
  mismatch.unknown.insert(reference);
  mismatch.classes = fmt::format("{}", fmt::join(row.classes, ", "));
}

void warn_of(const Mismatch& mismatch) {
  if (mismatch.unknown.empty()) return;
  spdlog::warn(
      "reference labels that the model never gives, so that no row of theirs is right: {}; it gives {}",
      fmt::join(mismatch.unknown, ", "), mismatch.classes);
}

[[noreturn]] void throw_none(const EvaluateOptions& options, const std::optional<Truth>& truth,
                             const Mismatch& mismatch) {
  if (truth && truth->size() == 0) {
    throw Stop(kExitNoneFound, options.labels.path + ": no row with a label");
  }
  if (truth && truth->unused() == truth->size() && !mismatch.row.empty()) {
    throw Stop(kExitNoneFound,
               fmt::format("{}: {} labels, and none of them belongs to a row of {}: the first label is "
                           "of {}, the first row of {}",
                           options.labels.path, truth->size(), options.rows, truth->first(), mismatch.row));
  }
  throw Stop(kExitNoneFound, options.rows + ": no scored recording with a label");
}

int evaluate(const EvaluateOptions& options) {
  RowOutput output("");
  std::optional<OutputFile> page;
  if (!options.html.empty()) {
    if (options.html == "-") throw Stop(kExitUsage, "--html -: standard output has what is printed");
    check_replaceable(options.html, "--html", "pages");
    protect_inputs(options);
    page.emplace(options.html);
  }
  std::optional<Truth> truth;
  if (!options.labels.path.empty()) truth.emplace(options.labels);
  Evaluation evaluation;
  for (const std::string& column : options.by) evaluation.by.emplace_back(column, ByValue());
  if (!options.snr_column.empty()) evaluation.coefficients.column = options.snr_column;
  std::vector<bool> known(options.by.size());
  Mismatch mismatch;
  read_scored_rows(options.rows, [&](const ScoredRow& row) {
    const Truth::Entry* entry = truth ? truth->find(row) : nullptr;
    if (truth && mismatch.row.empty()) mismatch.row = truth->sought(row);
    if (row.coefficient && !row.failed) {
      evaluation.coefficients.add(*row.coefficient, value_in(evaluation.coefficients.column, row, entry));
    }
    const std::string reference =
        truth ? (entry != nullptr ? entry->reference : std::string()) : row.reference;
    if (reference.empty()) {
      ++evaluation.unlabelled;
      return;
    }
    if (row.failed) {
      ++evaluation.failed;
      return;
    }
    if (row.label.empty()) {
      ++evaluation.silent;
      return;
    }
    note(row, reference, mismatch);
    evaluation.all.add(reference, row.label);
    for (size_t i = 0; i < options.by.size(); ++i) {
      const std::string value = value_in(options.by[i], row, entry);
      known[i] = known[i] || !value.empty();
      evaluation.by[i].second[value].add(reference, row.label);
    }
  });
  if (truth) evaluation.not_scored = static_cast<int64_t>(truth->unused());
  if (evaluation.all.total() == 0) throw_none(options, truth, mismatch);
  warn_of(mismatch);
  for (size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) throw Stop(kExitUsage, "--by " + options.by[i] + ": no row has such a column");
  }
  if (!options.snr_column.empty() && evaluation.coefficients.by.empty()) {
    throw Stop(kExitUsage,
               "--snr-column " + options.snr_column + ": no row with a coefficient has such a column");
  }
  if (page) {
    page->write(evaluation_page(evaluation, options.rows));
    page->commit();
  }
  output.write(options.json ? to_line(evaluation_json(evaluation)) : evaluation_text(evaluation));
  return kExitOk;
}

}  // namespace

void add_evaluate_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand("evaluate", "Compare scores with what recordings are said to be");
  command->footer(kEvaluateFooter);
  command->add_option("rows", options->rows, "What serene score wrote, either format")
      ->required()
      ->type_name("ROWS");
  command
      ->add_option(
          "--labels", options->labels.path,
          "The labels: JSON lines or CSV with path, label and perhaps id, as for serene score --manifest")
      ->type_name("FILE");
  command->add_option("--labels-format", options->labels.format, "jsonl or csv; auto goes by the extension")
      ->check(CLI::IsMember({"auto", "jsonl", "csv"}).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  add_repeated_option(*command, "--by", options->by,
                      "Measures for each value of this column, too; may be repeated")
      ->type_name("COLUMN");
  command
      ->add_option("--snr-column", options->snr_column,
                   "The coefficient over this column; without it over snr, where there is one")
      ->type_name("COLUMN");
  command->add_option("--html", options->html, "The same as a page to look at, beside what is printed")
      ->check(names_a_file())
      ->type_name("FILE");
  command->add_flag("--json", options->json, "As one line of JSON");
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = evaluate(*options); });
}

}  // namespace serene::cli
