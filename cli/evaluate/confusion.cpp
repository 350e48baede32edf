#include "cli/evaluate/confusion.h"

namespace serene::cli {
namespace {

template <typename Key>
int64_t value_at(const std::map<Key, int64_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

double share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void Confusion::add(const std::string& reference, const std::string& predicted) {
  ++counts_[{reference, predicted}];
  ++references_[reference];
  ++predictions_[predicted];
  labels_.insert(reference);
  labels_.insert(predicted);
  ++total_;
}

int64_t Confusion::count(const std::string& reference, const std::string& predicted) const {
  return value_at(counts_, {reference, predicted});
}
int64_t Confusion::references(const std::string& label) const { return value_at(references_, label); }
int64_t Confusion::predictions(const std::string& label) const { return value_at(predictions_, label); }

double Confusion::recall(const std::string& label) const {
  return share(count(label, label), references(label));
}

double Confusion::precision(const std::string& label) const {
  return share(count(label, label), predictions(label));
}

double Confusion::f1(const std::string& label) const {
  return share(2 * count(label, label), references(label) + predictions(label));
}

double Confusion::war() const {
  int64_t right = 0;
  for (const std::string& label : labels_) right += count(label, label);
  return share(right, total_);
}

double Confusion::uar() const {
  double sum = 0;
  for (const auto& [label, support] : references_) sum += recall(label);
  return references_.empty() ? 0 : sum / static_cast<double>(references_.size());
}

double Confusion::macro_f1() const {
  double sum = 0;
  for (const std::string& label : labels_) sum += f1(label);
  return labels_.empty() ? 0 : sum / static_cast<double>(labels_.size());
}

}  // namespace serene::cli
