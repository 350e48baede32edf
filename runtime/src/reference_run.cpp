#include "runtime/src/reference_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "kernels/common/error.h"
#include "runtime/networks/common/head_tensors.h"
#include "runtime/src/fit.h"

namespace serene::runtime {
namespace {

using weights::Tensor;
using weights::TensorFile;

// The dimensions that are not 1: which of its four a tap uses differs.
std::vector<int64_t> used(std::span<const int64_t> shape) {
  std::vector<int64_t> sizes;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(sizes), [](int64_t size) { return size != 1; });
  return sizes;
}

// A shape in `rank` dimensions, by ones more or less.
std::vector<int64_t> in_rank(std::vector<int64_t> shape, size_t rank) {
  while (shape.size() > rank && shape.back() == 1) shape.pop_back();
  while (shape.size() > rank && shape.front() == 1) shape.erase(shape.begin());
  while (shape.size() < rank) shape.insert(shape.begin(), 1);
  return shape;
}

// Collects results by name, in the reference's layout, and compares once all are there.
class Results : public ProbeSink {
 public:
  // `model` is what errors call the model.
  Results(const TensorFile& reference, const std::string& model) : reference_(reference), model_(model) {}

  // From now on the reference's tensors have a row for each of `clips`, and results arrive a row at a time.
  void expect_rows(int64_t clips) { clips_ = clips; }
  // Tensors that the model does not compute and need not.
  void leave_out(const std::vector<std::string>& names) { of_others_.insert(names.begin(), names.end()); }
  bool wants(const std::string& name) const override { return reference_.find(name) != nullptr; }
  // Wanted, and not there yet.
  bool lacks(const std::string& name) const { return wants(name) && !results_.contains(name); }
  void put(const std::string& name, const View<const float, 4>& v) override {
    check_shape(name, {v.size(0), v.size(1), v.size(2), v.size(3)});
    std::vector<float>& values = results_[name];
    for (int64_t a = 0; a < v.size(0); ++a) {
      for (int64_t b = 0; b < v.size(1); ++b) {
        for (int64_t c = 0; c < v.size(2); ++c) {
          for (int64_t d = 0; d < v.size(3); ++d) {
            values.push_back(v.data[a * v.stride[0] + b * v.stride[1] + c * v.stride[2] + d * v.stride[3]]);
          }
        }
      }
    }
  }
  void append(const std::string& name, std::span<const float> values, const std::vector<int64_t>& shape) {
    if (!wants(name)) return;
    check_shape(name, shape);
    std::vector<float>& all = results_[name];
    all.insert(all.end(), values.begin(), values.end());
  }

  std::vector<Comparison> compare() const {
    std::vector<Comparison> comparisons;
    for (const auto& [name, tensor] : reference_.tensors) {
      const auto result = results_.find(name);
      if (result == results_.end() && (is_input(name) || of_others_.contains(name))) continue;
      Comparison comparison;
      comparison.name = name;
      const std::optional<double> absolute = absolute_bound(name);
      comparison.absolute_bound = absolute.has_value();
      comparison.bound = absolute.value_or(kRelativeBound);
      const std::vector<float> ref = weights::to_float(tensor);
      if (result != results_.end()) measure(result->second, ref, comparison);
      comparisons.push_back(comparison);
    }
    return comparisons;
  }

 private:
  // Nothing where the bound is relative.
  static std::optional<double> absolute_bound(const std::string& name) {
    const std::string own = name.substr(name.rfind('.') + 1);
    if (own == "log_posterior" || own == "logits") return kLogPosteriorBound;
    if (own == "level" || name.ends_with("snr.raw")) return kLevelBound;
    return std::nullopt;
  }
  static bool is_input(const std::string& name) {
    return name.starts_with("in.") || name.find(".in.") != name.npos;
  }

  void check_shape(const std::string& name, const std::vector<int64_t>& computed) const {
    const std::vector<int64_t>& wanted = reference_.find(name)->shape;
    std::vector<int64_t> whole = in_rank(computed, wanted.size());
    if (clips_ > 1 && !whole.empty() && whole.front() == 1) whole.front() = clips_;
    if (used(whole) != used(wanted)) {
      throw Error(ErrorKind::model, reference_.name + ": " + name + ": shape " + weights::shape_text(wanted) +
                                        ", " + model_ + " computes " + weights::shape_text(whole));
    }
  }
  static void measure(const std::vector<float>& out, const std::vector<float>& ref, Comparison& comparison) {
    double error = 0, energy = 0;
    bool finite = true;
    for (size_t i = 0; i < ref.size(); ++i) {
      const double difference = static_cast<double>(out[i]) - ref[i];
      finite = finite && std::isfinite(difference);
      comparison.worst_absolute = std::max(comparison.worst_absolute, std::abs(difference));
      error += difference * difference;
      energy += static_cast<double>(ref[i]) * ref[i];
    }
    comparison.relative = error == 0 ? 0 : std::sqrt(error / energy);
    comparison.snr_db = -20 * std::log10(comparison.relative);
    const double measured = comparison.absolute_bound ? comparison.worst_absolute : comparison.relative;
    comparison.verdict =
        finite && measured <= comparison.bound ? Comparison::Verdict::pass : Comparison::Verdict::fail;
  }

  const TensorFile& reference_;
  const std::string& model_;
  int64_t clips_ = 1;
  std::set<std::string> of_others_;
  std::map<std::string, std::vector<float>> results_;
};

// Values from inside a network, of a recording whose tensors' names begin with `prefix`; those of a head may
// have kRecogniserPrefix after it.
class PrefixedTaps : public ProbeSink {
 public:
  PrefixedTaps(const std::string& prefix, Results& results)
      : prefixes_{prefix, prefix + kRecogniserPrefix}, results_(results) {}
  bool wants(const std::string& name) const override {
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const std::string& prefix) { return results_.wants(prefix + name); });
  }
  void put(const std::string& name, const View<const float, 4>& values) override {
    for (const std::string& prefix : prefixes_) {
      if (results_.wants(prefix + name)) results_.put(prefix + name, values);
    }
  }
  // A result of the recording.
  void append(const std::string& name, const std::vector<float>& values) {
    for (const std::string& prefix : prefixes_) results_.append(prefix + name, values, {std::ssize(values)});
  }

 private:
  const std::array<std::string, 2> prefixes_;
  Results& results_;
};

// "cmgan, trnet"
std::string parts_text(const models::ModelConfig& config) {
  std::string text;
  for (const models::PartConfig& part : config.parts)
    text += (text.empty() ? "" : ", ") + std::string(part.network->network());
  return text;
}

std::vector<float> values_of(const TensorFile& file, const std::string& name) {
  const Tensor* tensor = file.find(name);
  if (tensor == nullptr) throw Error(ErrorKind::model, file.name + ": " + name + ": missing");
  return weights::to_float(*tensor);
}

// True if the file is of one of the model's parts.
bool run_parts(Engine& engine, const TensorFile& file, Results& results) {
  bool any = false;
  for (const models::PartConfig& part : engine.model().config.parts) {
    for (const ReferenceRun& run : engine.model().part(part.name).reference_runs(file)) {
      any = true;
      results.expect_rows(run.rows);
      results.leave_out(run.of_others);
      PrefixedTaps taps(run.prefix, results);
      const ValuesByName values = engine.run_part(part.name, run.inputs, taps);
      for (const auto& [name, references] : run.results) {
        const auto value = values.find(name);
        if (value == values.end()) continue;
        for (const std::string& reference : references)
          results.append(reference, value->second.values, value->second.shape);
      }
    }
  }
  return any;
}

// The recording as the reference was computed from it.
std::vector<float> as_computed(const Model& model, const TensorFile& file, const std::string& prefix,
                               const std::vector<float>& pcm) {
  const int64_t samples = std::ssize(pcm), usual = fitted_size(samples, model.config.clip);
  const int64_t wanted = model.wiring().reference_samples(file, prefix, samples, usual);
  std::vector<float> fitted(static_cast<size_t>(wanted));
  if (wanted == usual) {
    fit_clip(pcm, model.config.clip, fitted);
  } else {
    std::copy_n(pcm.begin(), std::min(samples, wanted), fitted.begin());
  }
  return fitted;
}

// Recordings from waveform to outputs: `<i>.in.pcm`.
bool run_chain(Engine& engine, const TensorFile& file, Results& results) {
  const Model& model = engine.model();
  if (file.find("0.in.pcm") == nullptr) return false;
  for (int i = 0; file.find(std::to_string(i) + ".in.pcm") != nullptr; ++i) {
    const std::string prefix = std::to_string(i) + ".";
    const std::vector<float> pcm = values_of(file, prefix + "in.pcm");
    if (pcm.empty()) throw Error(ErrorKind::model, file.name + ": " + prefix + "in.pcm: no samples");
    PrefixedTaps taps(prefix, results);
    const ClipResult result = engine.score_with(as_computed(engine.model(), file, prefix, pcm), taps);
    // Of models that enhance clips as a whole; others show what they enhance in their own way.
    if (results.lacks(prefix + "enhanced.pcm") && model.can_enhance()) {
      std::vector<float> fitted(static_cast<size_t>(fitted_size(std::ssize(pcm), model.config.clip)));
      fit_clip(pcm, model.config.clip, fitted);
      const std::string& enhancer = model.config.find(networks::Role::enhancer)->name;
      NoProbes none;
      const ValuesByName enhanced =
          engine.run_part(enhancer, {{"pcm", {{1, std::ssize(fitted)}, fitted}}}, none);
      results.append(prefix + "enhanced.pcm", enhanced.at("enhanced").values, {std::ssize(fitted)});
    }
    for (size_t output = 0; output < model.outputs.size(); ++output) {
      for (const std::string& name : model.wiring().reference_names(model.outputs[output].name))
        taps.append(name, result.outputs[output]);
    }
    if (model.first_classes()) {
      std::vector<float> probabilities = result.outputs[*model.first_classes()];
      for (float& p : probabilities) p = std::exp(p);
      taps.append("probabilities", probabilities);
    }
  }
  return true;
}

}  // namespace

std::vector<Comparison> compare_with_reference(Engine& engine, const TensorFile& reference) {
  Results results(reference, engine.model().name);
  const auto chain = [&] { return run_chain(engine, reference, results); };
  const bool done = engine.model().can_score() ? chain() || run_parts(engine, reference, results)
                                               : run_parts(engine, reference, results) || chain();
  if (!done) {
    throw Error(ErrorKind::model, reference.name + ": its inputs are of no part of " + engine.model().name +
                                      " (" + parts_text(engine.model().config) +
                                      "), and there is no 0.in.pcm");
  }
  return results.compare();
}

}  // namespace serene::runtime
