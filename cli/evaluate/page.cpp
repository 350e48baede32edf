#include "cli/evaluate/page.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "cli/evaluate/coefficient_plot.h"
#include "cli/evaluate/markup.h"

namespace serene::cli {
namespace {

// The policy lets nothing in from elsewhere, whatever a name in the rows may hold.
constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>serene evaluate</title>
<style>
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --quiet: #59636e; --line: #d1d9e0; --mark: #3b7dd8; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171b; --ink: #e6e9ec; --quiet: #9aa4ae; --line: #343b43; --mark: #5b95e6; }
}
body { margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; } h2 { font-size: 1.05rem; margin: 1.8rem 0 .4rem; }
p { margin: .2rem 0; color: var(--quiet); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: pre; }
th:first-child, td:first-child { text-align: left; } th { color: var(--quiet); font-weight: 500; }
.cell { text-align: center; background: color-mix(in srgb, var(--mark) calc(var(--share) * 70%), var(--ground)); }
.cell small { display: block; color: inherit; opacity: .8; }
svg { width: 100%; display: block; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; }
svg .quiet { fill: var(--quiet); } .grid { stroke: var(--line); }
.box line { stroke: var(--ink); } .box rect { fill: var(--mark); fill-opacity: .35; stroke: var(--ink); }
.box .median { stroke-width: 2; } .means { fill: none; stroke: var(--mark); stroke-width: 2; } .mean { fill: var(--mark); }
</style>
</head>
<body>
<h1>serene evaluate</h1>
)";

// A cell of a table's head or body.
std::string head(const std::string& text) { return "<th>" + text + "</th>"; }
std::string cell(const std::string& text) { return "<td>" + text + "</td>"; }

std::string table(const std::string& rows) {
  return "<div class=\"scroll\"><table>\n" + rows + "</table></div>\n";
}

// To the last digit; "" where it is not defined.
std::string exact_value(const Measure& measure) { return measure.value ? exact(*measure.value) : ""; }

template <class Measured>
std::string measures(const Measured& all) {
  std::string rows = fmt::format("<tr data-measure=\"recordings\" data-count=\"{0}\">{1}{2}</tr>\n",
                                 all.total(), cell("recordings"), cell(std::to_string(all.total())));
  for (const Measure& measure : measures_of(all)) {
    rows += fmt::format("<tr data-measure=\"{}\" data-{}=\"{}\">{}{}</tr>\n", measure.key,
                        measure.is_share ? "share" : "value", exact_value(measure), cell(measure.title),
                        cell(text_of(measure)));
  }
  return table(rows);
}

std::string not_counted(const Evaluation& evaluation) {
  return fmt::format(
      "<p id=\"not-counted\" data-failed=\"{}\" data-silent=\"{}\" data-no-speech=\"{}\" "
      "data-low-confidence=\"{}\" data-unlabelled=\"{}\" data-not-scored=\"{}\">{}</p>\n",
      evaluation.failed, evaluation.silent, evaluation.no_speech, evaluation.low_confidence,
      evaluation.unlabelled, evaluation.not_scored, not_counted_text(evaluation));
}

std::string matrix(const Confusion& confusion) {
  std::string rows = "<tr>" + head("reference \\ label");
  for (const std::string& label : confusion.labels()) rows += head(escaped(label));
  rows += head("recall") + head("precision") + head("F1") + "</tr>\n";
  for (const std::string& reference : confusion.labels()) {
    const std::string name = escaped(reference);
    rows += fmt::format(
        "<tr data-class=\"{}\" data-references=\"{}\" data-recall=\"{}\" data-precision=\"{}\" "
        "data-f1=\"{}\">",
        name, confusion.references(reference), exact(confusion.recall(reference)),
        exact(confusion.precision(reference)), exact(confusion.f1(reference)));
    rows += head(name);
    for (const std::string& label : confusion.labels()) {
      const int64_t count = confusion.count(reference, label), whole = confusion.references(reference);
      const double share = whole == 0 ? 0 : static_cast<double>(count) / static_cast<double>(whole);
      rows += fmt::format(
          "<td class=\"cell\" style=\"--share:{:.4f}\" data-reference=\"{}\" data-label=\"{}\" "
          "data-count=\"{}\" "
          "data-share=\"{}\">{}<small>{}</small></td>",
          share, name, escaped(label), count, exact(share), count, whole == 0 ? "–" : percent_text(share));
    }
    rows += cell(percent_text(confusion.recall(reference))) +
            cell(percent_text(confusion.precision(reference))) + cell(percent_text(confusion.f1(reference))) +
            "</tr>\n";
  }
  return table(rows);
}

std::string details(const Agreement&) { return ""; }
std::string details(const Confusion& confusion) {
  return "<h2>Confusion</h2>\n<p>A row for each reference; shares are of the row.</p>\n" + matrix(confusion);
}

template <class Measured>
std::string conditions(const std::string& column, const ByValue<Measured>& groups) {
  const std::string name = escaped(column);
  std::string rows = "<tr>" + head(name) + head("recordings");
  for (const Measure& measure : measures_of(Measured())) rows += head(measure.title);
  rows += "</tr>\n";
  for (const auto& [value, measured] : groups) {
    rows += fmt::format("<tr data-column=\"{}\" data-value=\"{}\" data-recordings=\"{}\"", name,
                        escaped(value), measured.total());
    std::string cells =
        cell(value.empty() ? "(none)" : escaped(value)) + cell(std::to_string(measured.total()));
    for (const Measure& measure : measures_of(measured)) {
      std::string key = measure.key;
      std::ranges::replace(key, '_', '-');
      rows += fmt::format(" data-{}=\"{}\"", key, exact_value(measure));
      cells += cell(text_of(measure));
    }
    rows += '>' + cells + "</tr>\n";
  }
  return "<h2>By " + name + "</h2>\n" + table(rows);
}

std::string spread(const std::string& name, const Distribution& values) {
  std::string row = "<tr>" + cell(name) + cell(std::to_string(values.count()));
  for (const double value :
       {values.mean(), values.deviation(), values.quantile(0), values.quantile(0.5), values.quantile(1)}) {
    row += cell(fmt::format("{:.3f}", value));
  }
  return row + "</tr>\n";
}

std::string coefficient_part(const Coefficients& coefficients) {
  if (coefficients.all.count() == 0) return "";
  const std::string column = escaped(coefficients.column);
  std::string rows = "<tr>" + head(column);
  for (const char* title : {"recordings", "mean", "deviation", "lowest", "median", "highest"})
    rows += head(title);
  rows += "</tr>\n";
  for (const auto& [condition, values] : coefficients.by) rows += spread(escaped(condition.text()), values);
  rows += spread("all", coefficients.all);
  return fmt::format(
             "<h2 id=\"coefficient\" data-recordings=\"{}\" data-mean=\"{}\">Coefficient</h2>\n"
             "<p>Higher for cleaner sound. A box holds the middle half of the recordings of one {}, its "
             "thick "
             "line is the "
             "median, the thin one reaches from the least to the largest; points are means.</p>\n",
             coefficients.all.count(), exact(coefficients.all.mean()), column) +
         coefficient_plot(coefficients) + table(rows);
}

}  // namespace

std::string evaluation_page(const Evaluation& evaluation, const std::string& rows) {
  std::string page = kHead;
  page += "<p>" + escaped(rows) + "</p>\n";
  if (!evaluation.output.empty()) page += "<p>Output: " + escaped(evaluation.output) + "</p>\n";
  std::visit(
      [&](const auto& groups) {
        page += measures(groups.all) + not_counted(evaluation) + details(groups.all);
        for (const auto& [column, values] : groups.by) page += conditions(column, values);
      },
      evaluation.groups);
  page += coefficient_part(evaluation.coefficients);
  return page + "</body>\n</html>\n";
}

}  // namespace serene::cli
