#include "cli/evaluate/evaluation.h"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "cli/evaluate/markup.h"
#include "weights/printable.h"

namespace serene::cli {
namespace {

// Columns as wide as their widest cell; the first to the left, the others to the right.
std::string table(std::vector<std::vector<std::string>> lines) {
  for (auto& cells : lines) {
    for (std::string& cell : cells) cell = weights::printable(cell);
  }
  std::vector<size_t> widths(lines.front().size());
  for (const auto& cells : lines) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const auto& cells : lines) {
    text += fmt::format("{:<{}}", cells[0], widths[0]);
    for (size_t i = 1; i < cells.size(); ++i) text += fmt::format("  {:>{}}", cells[i], widths[i]);
    text += '\n';
  }
  return text;
}

std::string matrix_text(const Confusion& confusion) {
  std::vector<std::vector<std::string>> lines{{"reference \\ label"}};
  for (const std::string& label : confusion.labels()) lines[0].push_back(label);
  for (const char* measure : {"recall", "precision", "F1"}) lines[0].emplace_back(measure);
  for (const std::string& reference : confusion.labels()) {
    auto& cells = lines.emplace_back(std::vector{reference});
    for (const std::string& label : confusion.labels()) {
      cells.push_back(std::to_string(confusion.count(reference, label)));
    }
    cells.push_back(percent_text(confusion.recall(reference)));
    cells.push_back(percent_text(confusion.precision(reference)));
    cells.push_back(percent_text(confusion.f1(reference)));
  }
  return table(lines);
}

std::string details_text(const Confusion& confusion) { return '\n' + matrix_text(confusion); }
std::string details_text(const Agreement&) { return ""; }

void add_details(const Agreement&, Row&) {}
void add_details(const Confusion& confusion, Row& row) {
  row["labels"] = confusion.labels();
  row["confusion"] = Row::array();
  row["classes"] = Row::object();
  for (const std::string& reference : confusion.labels()) {
    Row counts = Row::array();
    for (const std::string& label : confusion.labels()) counts.push_back(confusion.count(reference, label));
    row["confusion"].push_back(std::move(counts));
    row["classes"][reference] = {{"references", confusion.references(reference)},
                                 {"recall", confusion.recall(reference)},
                                 {"precision", confusion.precision(reference)},
                                 {"f1", confusion.f1(reference)}};
  }
}

template <class Measured>
Row measured_json(const Measured& measured) {
  Row row;
  row["recordings"] = measured.total();
  for (const Measure& measure : measures_of(measured))
    row[measure.key] = measure.value ? Row(*measure.value) : Row(nullptr);
  add_details(measured, row);
  return row;
}

template <class Measured>
std::string all_text(const Measured& all) {
  std::vector<std::vector<std::string>> lines{{"recordings", std::to_string(all.total())}};
  for (const Measure& measure : measures_of(all)) lines.push_back({measure.title, text_of(measure)});
  return table(lines);
}

template <class Measured>
std::string by_text(const Groups<Measured>& groups) {
  std::string text;
  for (const auto& [column, values] : groups.by) {
    std::vector<std::vector<std::string>> lines{{column, "recordings"}};
    for (const Measure& measure : measures_of(groups.all)) lines[0].emplace_back(measure.title);
    for (const auto& [value, measured] : values) {
      auto& cells =
          lines.emplace_back(std::vector{value.empty() ? "(none)" : value, std::to_string(measured.total())});
      for (const Measure& measure : measures_of(measured)) cells.push_back(text_of(measure));
    }
    text += '\n' + table(lines);
  }
  return text;
}

template <class Measured>
Row by_json(const Groups<Measured>& groups) {
  Row row = Row::object();
  for (const auto& [column, values] : groups.by) {
    row[column] = Row::object();
    for (const auto& [value, measured] : values) row[column][value] = measured_json(measured);
  }
  return row;
}

std::string coefficients_text(const Coefficients& coefficients) {
  if (coefficients.all.count() == 0) return "";
  std::vector<std::vector<std::string>> lines{{"coefficient by " + coefficients.column, "recordings", "mean",
                                               "deviation", "lowest", "median", "highest"}};
  const auto add = [&](const std::string& name, const Distribution& values) {
    auto& cells = lines.emplace_back(std::vector{name, std::to_string(values.count())});
    for (const double value :
         {values.mean(), values.deviation(), values.quantile(0), values.quantile(0.5), values.quantile(1)}) {
      cells.push_back(fmt::format("{:.3f}", value));
    }
  };
  for (const auto& [condition, values] : coefficients.by) add(condition.text(), values);
  add("all", coefficients.all);
  return '\n' + table(lines);
}

Row spread(const Distribution& values) {
  return {{"recordings", values.count()}, {"mean", values.mean()},          {"deviation", values.deviation()},
          {"lowest", values.quantile(0)}, {"median", values.quantile(0.5)}, {"highest", values.quantile(1)}};
}

Row coefficients_json(const Coefficients& coefficients) {
  if (coefficients.all.count() == 0) return nullptr;
  Row row = spread(coefficients.all);
  row["column"] = coefficients.column;
  row["by"] = Row::object();
  for (const auto& [condition, values] : coefficients.by) row["by"][condition.text()] = spread(values);
  return row;
}

}  // namespace

bool ValueOrder::operator()(const std::string& a, const std::string& b) const {
  const Condition first(a), second(b);
  if (first < second) return true;
  return !(second < first) && a < b;
}

std::string not_counted_text(const Evaluation& evaluation) {
  std::string text =
      fmt::format("not counted: {} failed, {} of silence", evaluation.failed, evaluation.silent);
  // Of models that tell speech, and of runs that asked for confidence.
  if (evaluation.no_speech > 0) text += fmt::format(", {} without speech", evaluation.no_speech);
  if (evaluation.low_confidence > 0) text += fmt::format(", {} of low confidence", evaluation.low_confidence);
  return text +
         fmt::format(", {} without a label, {} never scored", evaluation.unlabelled, evaluation.not_scored);
}

std::string evaluation_text(const Evaluation& evaluation) {
  const std::string not_counted = not_counted_text(evaluation) + '\n';
  return std::visit(
             [&](const auto& groups) {
               return all_text(groups.all) + not_counted + details_text(groups.all) + by_text(groups);
             },
             evaluation.groups) +
         coefficients_text(evaluation.coefficients);
}

Row evaluation_json(const Evaluation& evaluation) {
  Row row;
  row["schema"] = kRowSchema;
  if (!evaluation.output.empty()) row["output"] = evaluation.output;
  std::visit([&](const auto& groups) { row.update(measured_json(groups.all)); }, evaluation.groups);
  row["failed"] = evaluation.failed;
  row["silent"] = evaluation.silent;
  row["no_speech"] = evaluation.no_speech;
  row["low_confidence"] = evaluation.low_confidence;
  row["unlabelled"] = evaluation.unlabelled;
  row["not_scored"] = evaluation.not_scored;
  row["by"] = std::visit([](const auto& groups) { return by_json(groups); }, evaluation.groups);
  row["coefficient"] = coefficients_json(evaluation.coefficients);
  return row;
}

}  // namespace serene::cli
