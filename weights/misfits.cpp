#include "weights/misfits.h"

#include <algorithm>
#include <set>

namespace serene::weights {
namespace {

constexpr size_t kListed = 20;

}  // namespace

std::vector<std::string> misfits(const std::map<std::string_view, TensorFacts>& tensors,
                                 std::span<const TensorSpec> specs, const TensorRule& rule) {
  std::vector<std::string> problems;
  std::set<std::string_view> extra;
  for (const auto& [name, tensor] : tensors) extra.insert(name);
  for (const TensorSpec& spec : specs) {
    const auto it = tensors.find(spec.name);
    if (it == tensors.end()) {
      problems.push_back(spec.name + " missing, wanted " + shape_text(spec.shape));
      continue;
    }
    if (!std::ranges::equal(it->second.shape, spec.shape)) {
      problems.push_back(spec.name + " is " + shape_text(it->second.shape) + ", wanted " +
                         shape_text(spec.shape));
    }
    if (!rule.takes(it->second.dtype)) {
      problems.push_back(spec.name + " is " + std::string(dtype_name(it->second.dtype)) + ", wanted " +
                         std::string(rule.wanted));
    }
    extra.erase(spec.name);
  }
  for (const std::string_view name : extra) {
    if (rule.may_be_extra && rule.may_be_extra(name)) continue;
    problems.push_back(std::string(name) + " is not part of " + std::string(rule.owner));
  }
  return problems;
}

std::string misfit_text(const std::vector<std::string>& problems) {
  return std::to_string(problems.size()) + (problems.size() == 1 ? " tensor does" : " tensors do") +
         " not fit: " + listed(problems);
}

std::string listed(const std::vector<std::string>& problems) {
  std::string text;
  for (size_t i = 0; i < std::min(problems.size(), kListed); ++i) text += (i > 0 ? "; " : "") + problems[i];
  if (problems.size() > kListed) text += "; and " + std::to_string(problems.size() - kListed) + " more";
  return text;
}

}  // namespace serene::weights
