#include "cli/evaluate/agreement.h"

#include <cmath>

namespace serene::cli {

void Agreement::add(double reference, double predicted) {
  ++total_;
  const auto n = static_cast<double>(total_);
  const double from_reference = reference - mean_reference_, from_predicted = predicted - mean_predicted_;
  mean_reference_ += from_reference / n;
  mean_predicted_ += from_predicted / n;
  squares_reference_ += from_reference * (reference - mean_reference_);
  squares_predicted_ += from_predicted * (predicted - mean_predicted_);
  products_ += from_reference * (predicted - mean_predicted_);
  squares_of_differences_ += (reference - predicted) * (reference - predicted);
}

std::optional<double> Agreement::ccc() const {
  const double between = mean_reference_ - mean_predicted_;
  const double whole =
      squares_reference_ + squares_predicted_ + static_cast<double>(total_) * between * between;
  if (!(whole > 0)) return std::nullopt;
  return 2 * products_ / whole;
}

std::optional<double> Agreement::pearson() const {
  if (!(squares_reference_ > 0 && squares_predicted_ > 0)) return std::nullopt;
  return products_ / std::sqrt(squares_reference_) / std::sqrt(squares_predicted_);
}

std::optional<double> Agreement::rmse() const {
  if (total_ == 0) return std::nullopt;
  return std::sqrt(squares_of_differences_ / static_cast<double>(total_));
}

}  // namespace serene::cli
