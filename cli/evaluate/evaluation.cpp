#include "cli/evaluate/evaluation.h"

#include <spdlog/fmt/fmt.h>

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

Row measures(const Confusion& confusion) {
  Row row;
  row["recordings"] = confusion.total();
  row["uar"] = confusion.uar();
  row["war"] = confusion.war();
  row["macro_f1"] = confusion.macro_f1();
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

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text = table({{"recordings", std::to_string(evaluation.all.total())},
                            {"UAR", percent_text(evaluation.all.uar())},
                            {"WAR", percent_text(evaluation.all.war())},
                            {"macro F1", percent_text(evaluation.all.macro_f1())}});
  text += fmt::format("not counted: {} failed, {} of silence, {} without a label, {} never scored\n\n",
                      evaluation.failed, evaluation.silent, evaluation.unlabelled, evaluation.not_scored);
  text += matrix_text(evaluation.all);
  for (const auto& [column, groups] : evaluation.by) {
    std::vector<std::vector<std::string>> lines{{column, "recordings", "UAR", "WAR", "macro F1"}};
    for (const auto& [value, confusion] : groups) {
      lines.push_back({value.empty() ? "(none)" : value, std::to_string(confusion.total()),
                       percent_text(confusion.uar()), percent_text(confusion.war()),
                       percent_text(confusion.macro_f1())});
    }
    text += '\n' + table(lines);
  }
  return text + coefficients_text(evaluation.coefficients);
}

Row evaluation_json(const Evaluation& evaluation) {
  Row row;
  row["schema"] = kRowSchema;
  row.update(measures(evaluation.all));
  row["failed"] = evaluation.failed;
  row["silent"] = evaluation.silent;
  row["unlabelled"] = evaluation.unlabelled;
  row["not_scored"] = evaluation.not_scored;
  row["by"] = Row::object();
  for (const auto& [column, groups] : evaluation.by) {
    row["by"][column] = Row::object();
    for (const auto& [value, confusion] : groups) row["by"][column][value] = measures(confusion);
  }
  row["coefficient"] = coefficients_json(evaluation.coefficients);
  return row;
}

}  // namespace serene::cli
