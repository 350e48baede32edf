#include "cli/evaluate/coefficient_plot.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "cli/evaluate/markup.h"

namespace serene::cli {
namespace {

constexpr double kLeft = 44, kRight = 12, kTop = 12, kBottom = 44, kHeight = 300;

double y_of(double coefficient) { return kHeight - kBottom - coefficient * (kHeight - kTop - kBottom); }

std::string grid(double width) {
  std::string svg;
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.2f}\" y2=\"{:.2f}\"/>", kLeft,
                       width - kRight, y_of(tick), y_of(tick));
    svg += fmt::format("<text class=\"quiet\" x=\"{}\" y=\"{:.2f}\" text-anchor=\"end\">{}</text>\n",
                       kLeft - 6, y_of(tick) + 4, tick);
  }
  return svg;
}

std::string box(const Condition& condition, const Distribution& values, double x, double half) {
  const double low = values.quantile(0), first = values.quantile(0.25), median = values.quantile(0.5),
               third = values.quantile(0.75), high = values.quantile(1);
  const std::string name = escaped(condition.text());
  std::string svg = fmt::format(
      "<g class=\"box\" data-value=\"{}\" data-recordings=\"{}\" data-mean=\"{}\" data-deviation=\"{}\" "
      "data-low=\"{}\" "
      "data-first-quartile=\"{}\" data-median=\"{}\" data-third-quartile=\"{}\" data-high=\"{}\">",
      name, values.count(), exact(values.mean()), exact(values.deviation()), exact(low), exact(first),
      exact(median), exact(third), exact(high));
  svg += fmt::format("<title>{}: mean {:.3f}, median {:.3f}, {} recordings</title>", name, values.mean(),
                     median, values.count());
  svg += fmt::format("<line x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"{1:.2f}\" y2=\"{2:.2f}\"/>", x, y_of(low),
                     y_of(high));
  svg += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>", x - half,
                     y_of(third), 2 * half, y_of(first) - y_of(third));
  svg += fmt::format("<line class=\"median\" x1=\"{:.2f}\" x2=\"{:.2f}\" y1=\"{:.2f}\" y2=\"{:.2f}\"/></g>",
                     x - half, x + half, y_of(median), y_of(median));
  return svg + fmt::format("<text x=\"{:.2f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x,
                           kHeight - kBottom + 16, name);
}

}  // namespace

std::string coefficient_plot(const Coefficients& coefficients) {
  if (coefficients.by.empty()) return "";
  const auto count = static_cast<double>(coefficients.by.size());
  // Values are at equal distances: what they are may be no number.
  const double step = std::clamp(660 / count, 40.0, 120.0), width = kLeft + kRight + count * step;
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" style=\"max-width:{0:.0f}px\" role=\"img\" "
      "aria-label=\"coefficient over "
      "{2}\">\n",
      width, kHeight, escaped(coefficients.column));
  svg += grid(width);
  std::string line, points;
  double x = kLeft + step / 2;
  for (const auto& [condition, values] : coefficients.by) {
    svg += box(condition, values, x, 0.25 * step);
    line += fmt::format("{}{:.2f},{:.2f}", line.empty() ? "" : " ", x, y_of(values.mean()));
    points += fmt::format(
        "<circle class=\"mean\" cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"4\" data-value=\"{}\" data-mean=\"{}\"/>", x,
        y_of(values.mean()), escaped(condition.text()), exact(values.mean()));
    x += step;
  }
  svg += fmt::format("<polyline class=\"means\" points=\"{}\"/>{}\n", line, points);
  return svg +
         fmt::format("<text class=\"quiet\" x=\"{:.2f}\" y=\"{}\" text-anchor=\"end\">{}</text>\n</svg>\n",
                     width - kRight, kHeight - 8, escaped(coefficients.column));
}

}  // namespace serene::cli
