// Numbers, and how they are spread.
#pragma once

#include <cstdint>
#include <vector>

namespace serene::cli {

class Distribution {
 public:
  void add(double value);

  int64_t count() const { return static_cast<int64_t>(values_.size()); }
  // All of these of count() > 0.
  double mean() const;
  // Standard deviation of the sample (n - 1); 0 of one value.
  double deviation() const;
  // `share` in [0, 1]: 0 the least value, 0.5 the median, 1 the largest; linear between neighbours.
  double quantile(double share) const;

 private:
  std::vector<double> values_;
};

}  // namespace serene::cli
