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
#include <type_traits>
#include <variant>
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
#include "runtime/recording/recording_score.h"

namespace serene::cli {
namespace {

struct EvaluateOptions {
  std::string rows;
  ManifestOptions labels{.format_option = "--labels-format", .can_skip = false};
  std::string output;     // "": label
  std::string reference;  // its column, "": called as the output
  std::vector<std::string> by;
  std::string snr_column;  // "": snr, where there is one
  std::string html;
  bool json = false;
};

constexpr const char* kEvaluateFooter =
    "UAR is the mean recall of the labels, WAR the share that is right, macro F1 the mean F1 of the labels.\n"
    "The label of a recording comes from the manifest it was scored with, or from --labels, whose rows are\n"
    "found by id where both have one, else by path. Recordings that failed, those of silence or without "
    "speech,\n"
    "and those below --min-confidence are counted apart.\n"
    "\n"
    "With --output the output of that name is compared with the column of that name, or of --reference, of\n"
    "the manifest or of --labels: one that is classes by the same measures; a number by CCC (concordance\n"
    "correlation coefficient), Pearson's correlation and RMSE.\n"
    "\n"
    "The coefficient of a model that enhances, higher for cleaner sound, is shown over the column snr, or\n"
    "that of --snr-column, of every recording that was scored, with a label or not.\n"
    "\n"
    "Examples:\n"
    "  serene score --manifest test.csv -o rows.jsonl && serene evaluate rows.jsonl --by snr --by noise\n"
    "  serene evaluate rows.jsonl --labels truth.csv --json | jq .uar\n"
    "  serene evaluate rows.jsonl --by noise --html evaluation.html\n"
    "  serene score -m trnet --manifest test.csv -o t.jsonl && serene evaluate t.jsonl --output coefficient "
    "--reference snr\n"
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

// The column that the output is compared with; "" for the label.
std::string reference_column(const EvaluateOptions& options) {
  return options.reference.empty() ? options.output : options.reference;
}

// For messages.
std::string reference_text(const EvaluateOptions& options) {
  return options.output.empty() ? "a label" : "a value in the column " + reference_column(options);
}

std::set<std::string> names_of(const Row& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  return names;
}

// For messages where nothing could be compared.
struct FirstRow {
  std::string sought;  // id or path, as the labels' list is searched
  // Of the first row that has any.
  std::set<std::string> outputs;
  bool has_label = false;
};

// What of the rows and the labels does not fit together.
struct Mismatch {
  std::set<std::string> unknown;  // reference labels that the model does not give
  std::string classes;            // that it gives
};

void note(const std::vector<std::string>& classes, const std::string& reference, Mismatch& mismatch) {
  if (classes.empty() || std::ranges::find(classes, reference) != classes.end()) return;
  mismatch.unknown.insert(reference);
  mismatch.classes = fmt::format("{}", fmt::join(classes, ", "));
}

void warn_of(const Mismatch& mismatch) {
  if (mismatch.unknown.empty()) return;
  spdlog::warn(
      "reference labels that the model never gives, so that no row of theirs is right: {}; it gives {}",
      fmt::join(mismatch.unknown, ", "), mismatch.classes);
}

[[noreturn]] void throw_none(const EvaluateOptions& options, const std::optional<Truth>& truth,
                             const FirstRow& first) {
  if (truth && truth->size() == 0) {
    throw Stop(kExitNoneFound, options.labels.path + ": no row with " + reference_text(options));
  }
  if (truth && truth->unused() == truth->size() && !first.sought.empty()) {
    throw Stop(kExitNoneFound,
               fmt::format("{}: {} labels, and none of them belongs to a row of {}: the first label is "
                           "of {}, the first row of {}",
                           options.labels.path, truth->size(), options.rows, truth->first(), first.sought));
  }
  const std::string outputs =
      first.outputs.empty() ? "none" : fmt::format("{}", fmt::join(first.outputs, ", "));
  if (options.output.empty() && !first.has_label && !first.outputs.empty()) {
    throw Stop(kExitNoneFound, options.rows + ": rows without labels; --output names an output: " + outputs);
  }
  if (!options.output.empty() && options.output != "coefficient" && !first.outputs.contains(options.output)) {
    throw Stop(kExitNoneFound,
               options.rows + ": no output " + options.output + "; the rows have: " + outputs);
  }
  throw Stop(kExitNoneFound, options.rows + ": no scored recording with " +
                                 (options.output.empty() ? "" : "the output " + options.output + " and ") +
                                 reference_text(options));
}

// What a row says under the name of an output; null where it says nothing.
Row output_of(const ScoredRow& row, const std::string& name) {
  if (row.outputs.contains(name)) return row.outputs.at(name);
  if (name == "coefficient" && row.coefficient) return *row.coefficient;
  return nullptr;
}

// One row's part of the measures.
class Counting {
 public:
  Counting(const EvaluateOptions& options, Evaluation& evaluation)
      : options_(options), groups_(evaluation.groups), known_(options.by.size()) {}

  // False where the row has no value of the output. Throws Stop(kExitUsage) where value and reference are not
  // of one kind.
  bool add(const ScoredRow& row, const Truth::Entry* entry, const std::string& reference) {
    if (options_.output.empty()) {
      if (row.label.empty()) return false;
      return add_to<Confusion>(row, entry, reference, row.label, row.classes);
    }
    const Row value = output_of(row, options_.output);
    if (value.is_object()) return add_classes(row, entry, reference, value);
    const auto predicted = number_of(value);
    if (!predicted) return false;
    const auto number = number_of(reference);
    if (!number) {
      throw Stop(kExitUsage, fmt::format("{}: the reference of {} is {}, not a number", row.path,
                                         options_.output, reference));
    }
    return add_to<Agreement>(row, entry, *number, *predicted, {});
  }

  const Mismatch& mismatch() const { return mismatch_; }
  // The first column of --by that no row has; nothing where each has one.
  std::optional<std::string> unknown_column() const {
    const auto missing = std::ranges::find(known_, false);
    if (missing == known_.end()) return std::nullopt;
    return options_.by[static_cast<size_t>(missing - known_.begin())];
  }

 private:
  bool add_classes(const ScoredRow& row, const Truth::Entry* entry, const std::string& reference,
                   const Row& value) {
    const std::string label = value.contains("label") ? plain_text(value.at("label")) : "";
    if (label.empty()) return false;
    std::vector<std::string> classes;
    if (value.contains("posterior") && value.at("posterior").is_object()) {
      for (const auto& item : value.at("posterior").items()) classes.push_back(item.key());
    }
    return add_to<Confusion>(row, entry, reference, label, classes);
  }

  template <class Measured, class Value>
  bool add_to(const ScoredRow& row, const Truth::Entry* entry, const Value& reference, const Value& predicted,
              const std::vector<std::string>& classes) {
    auto& groups = of_kind<Measured>(row);
    if constexpr (std::is_same_v<Measured, Confusion>) note(classes, reference, mismatch_);
    groups.all.add(reference, predicted);
    for (size_t i = 0; i < options_.by.size(); ++i) {
      const std::string value = value_in(options_.by[i], row, entry);
      known_[i] = known_[i] || !value.empty();
      groups.by[i].second[value].add(reference, predicted);
    }
    return true;
  }

  // The first row decides whether the output is classes or a number.
  template <class Measured>
  Groups<Measured>& of_kind(const ScoredRow& row) {
    if (!decided_) {
      auto& groups = groups_.emplace<Groups<Measured>>();
      for (const std::string& column : options_.by) groups.by.emplace_back(column, ByValue<Measured>());
      decided_ = true;
    }
    auto* groups = std::get_if<Groups<Measured>>(&groups_);
    if (groups == nullptr) {
      throw Stop(kExitUsage, fmt::format("{}: the output {} is of another kind than in the rows before",
                                         row.path, options_.output));
    }
    return *groups;
  }

  const EvaluateOptions& options_;
  std::variant<Groups<Confusion>, Groups<Agreement>>& groups_;
  bool decided_ = false;
  std::vector<bool> known_;
  Mismatch mismatch_;
};

// The label, or what a column says of the output that is compared.
std::string reference_of(const EvaluateOptions& options, const ScoredRow& row, const Truth::Entry* entry,
                         bool has_truth) {
  if (has_truth) return entry != nullptr ? entry->reference : "";
  const std::string column = reference_column(options);
  return column.empty() ? row.reference : value_in(column, row, nullptr);
}

// Whether the row says why it is in no measure. What lacks confidence in its label has its outputs all the
// same, and what has no speech the output that tells of it.
bool is_apart(const ScoredRow& row, const std::string& output) {
  if (row.reason.empty()) return false;
  if (output.empty() || output_of(row, output).is_null()) return true;
  const bool tells = output == "level" || output == "speech";
  return row.reason != to_text(runtime::Abstention::confidence) && !tells;
}

// Of rows without a label for this reason.
int64_t& count_for(const std::string& reason, Evaluation& evaluation) {
  if (reason == to_text(runtime::Abstention::no_speech)) return evaluation.no_speech;
  if (reason == to_text(runtime::Abstention::confidence)) return evaluation.low_confidence;
  return evaluation.silent;
}

int evaluate(const EvaluateOptions& options) {
  if (!options.reference.empty() && options.output.empty()) {
    throw Stop(kExitUsage, "--reference needs --output");
  }
  RowOutput output("");
  std::optional<OutputFile> page;
  if (!options.html.empty()) {
    if (options.html == "-") throw Stop(kExitUsage, "--html -: standard output has what is printed");
    check_replaceable(options.html, "--html", "pages");
    protect_inputs(options);
    page.emplace(options.html);
  }
  std::optional<Truth> truth;
  if (!options.labels.path.empty()) truth.emplace(options.labels, reference_column(options));
  Evaluation evaluation;
  evaluation.output = options.output;
  if (!options.snr_column.empty()) evaluation.coefficients.column = options.snr_column;
  Counting counting(options, evaluation);
  FirstRow first;
  int64_t counted = 0;
  read_scored_rows(options.rows, [&](const ScoredRow& row) {
    const Truth::Entry* entry = truth ? truth->find(row) : nullptr;
    if (truth && first.sought.empty()) first.sought = truth->sought(row);
    if (first.outputs.empty()) first.outputs = names_of(row.outputs);
    first.has_label = first.has_label || !row.label.empty();
    if (row.coefficient && !row.failed) {
      evaluation.coefficients.add(*row.coefficient, value_in(evaluation.coefficients.column, row, entry));
    }
    const std::string reference = reference_of(options, row, entry, truth.has_value());
    if (reference.empty()) {
      ++evaluation.unlabelled;
      return;
    }
    if (row.failed) {
      ++evaluation.failed;
      return;
    }
    if (is_apart(row, options.output)) {
      ++count_for(row.reason, evaluation);
      return;
    }
    if (counting.add(row, entry, reference)) ++counted;
  });
  if (truth) evaluation.not_scored = static_cast<int64_t>(truth->unused());
  if (counted == 0) throw_none(options, truth, first);
  warn_of(counting.mismatch());
  if (const auto column = counting.unknown_column()) {
    throw Stop(kExitUsage, "--by " + *column + ": no row has such a column");
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
  command
      ->add_option("--output", options->output,
                   "Compare this output instead of the label: a name in the rows' field outputs, or\n"
                   "coefficient")
      ->type_name("NAME");
  command
      ->add_option("--reference", options->reference,
                   "The column that has the references of --output (default: called as the output)")
      ->type_name("COLUMN");
  add_repeated_option(*command, "--by", options->by,
                      "Measures for each value of this column, too; may be repeated")
      ->type_name("COLUMN");
  command
      ->add_option("--snr-column", options->snr_column,
                   "The coefficient over this column; without it over snr, where there is one")
      ->type_name("COLUMN");
  command->add_option("--html", options->html, "The same as a page to look at, besides what is printed")
      ->check(names_a_file())
      ->type_name("FILE");
  command->add_flag("--json", options->json, "As one line of JSON");
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = evaluate(*options); });
}

}  // namespace serene::cli
