// How often each reference label was recognised as which, and the measures of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace serene::cli {

class Confusion {
 public:
  void add(const std::string& reference, const std::string& predicted);

  int64_t total() const { return total_; }
  // Every label that is a reference or a prediction, sorted by bytes.
  const std::set<std::string>& labels() const { return labels_; }
  int64_t count(const std::string& reference, const std::string& predicted) const;
  int64_t references(const std::string& label) const;
  int64_t predictions(const std::string& label) const;

  // Shares in [0, 1], of total() > 0. Of a label without a reference the recall is 0, of one never predicted
  // the precision, of one with neither right the F1.
  double recall(const std::string& label) const;
  double precision(const std::string& label) const;
  double f1(const std::string& label) const;
  // Weighted average recall: the share that is right.
  double war() const;
  // Unweighted average recall: mean recall of the labels that are a reference.
  double uar() const;
  // Mean F1 of labels().
  double macro_f1() const;

 private:
  std::map<std::pair<std::string, std::string>, int64_t> counts_;
  std::map<std::string, int64_t> references_, predictions_;
  std::set<std::string> labels_;
  int64_t total_ = 0;
};

}  // namespace serene::cli
