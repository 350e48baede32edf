// How well numbers that were predicted agree with their references.
#pragma once

#include <cstdint>
#include <optional>

namespace serene::cli {

// Means and sums of squares about them are kept up to date as pairs come (Welford): nothing is held, and
// nothing is lost where the numbers are large against their spread.
class Agreement {
 public:
  void add(double reference, double predicted);

  int64_t total() const { return total_; }
  // Lin's concordance correlation coefficient, 2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2), in [-1, 1];
  // variances are of the n pairs (divided by n). Nothing where all numbers are one and the same.
  std::optional<double> ccc() const;
  // Pearson's correlation, s_xy / (s_x s_y). Nothing where references or predictions do not vary.
  std::optional<double> pearson() const;
  // Root of the mean square of the differences. Nothing without a pair.
  std::optional<double> rmse() const;

 private:
  int64_t total_ = 0;
  double mean_reference_ = 0, mean_predicted_ = 0;
  double squares_reference_ = 0, squares_predicted_ = 0, products_ = 0;  // about the means
  double squares_of_differences_ = 0;
};

}  // namespace serene::cli
