#include "cli/evaluate/distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace serene::cli {

void Distribution::add(double value) { values_.push_back(value); }

double Distribution::mean() const {
  return std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(values_.size());
}

double Distribution::deviation() const {
  if (values_.size() < 2) return 0;
  const double mean = this->mean();
  double sum = 0;
  for (const double value : values_) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values_.size() - 1));
}

double Distribution::quantile(double share) const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace serene::cli
