// The coefficient of the recordings, over the values of a column that says how noisy each is.
#pragma once

#include <map>
#include <string>

#include "cli/evaluate/distribution.h"

namespace serene::cli {

// A value of the column. Numbers come first, in their order; 5 and 5.0 are one. Then texts such as "clean".
class Condition {
 public:
  explicit Condition(const std::string& text);
  bool is_number() const { return is_number_; }
  const std::string& text() const { return text_; }
  bool operator<(const Condition& other) const;

 private:
  bool is_number_ = false;
  double number_ = 0;
  std::string text_;
};

struct Coefficients {
  std::string column = "snr";
  Distribution all;
  // Of the recordings that have such a column.
  std::map<Condition, Distribution> by;

  // `value` is what the recording has in the column, "" for nothing.
  void add(double coefficient, const std::string& value);
};

}  // namespace serene::cli
