#include "runtime/src/reference_run.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "kernels/common/error.h"
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
class Results : public TapSink {
 public:
  // `model` is what errors call the model.
  Results(const TensorFile& reference, const std::string& model) : reference_(reference), model_(model) {}

  // From now on the reference's tensors have a row for each of `clips`, and results arrive a row at a time.
  void expect_rows(int64_t clips) { clips_ = clips; }
  bool wants(const std::string& name) const override { return reference_.find(name) != nullptr; }
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
      if (is_input(name) && result == results_.end()) continue;
      Comparison comparison;
      comparison.name = name;
      comparison.absolute_bound = name == "log_posterior" || name.ends_with(".log_posterior");
      comparison.bound = comparison.absolute_bound ? kLogPosteriorBound : kRelativeBound;
      const std::vector<float> ref = weights::to_float(tensor);
      if (result != results_.end()) measure(result->second, ref, comparison);
      comparisons.push_back(comparison);
    }
    return comparisons;
  }

 private:
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
  std::map<std::string, std::vector<float>> results_;
};

[[noreturn]] void lacks(const Engine& engine, const TensorFile& file, const char* part) {
  throw Error(ErrorKind::unsupported,
              file.name + ": needs " + part + ", which " + engine.model().name + " lacks");
}

std::vector<float> values_of(const TensorFile& file, const std::string& name) {
  const Tensor* tensor = file.find(name);
  if (tensor == nullptr) throw Error(ErrorKind::model, file.name + ": " + name + ": missing");
  return weights::to_float(*tensor);
}

void run_enhancement(Engine& engine, const TensorFile& file, Results& results) {
  if (!engine.model().se) lacks(engine, file, "an enhancer");
  const std::vector<float> pcm = values_of(file, "in.pcm");
  if (pcm.empty()) throw Error(ErrorKind::model, file.name + ": in.pcm: no samples");
  std::vector<float> enhanced(pcm.size());
  engine.run_cmgan(pcm, enhanced, &results);
  results.append("out.pcm", enhanced, {std::ssize(enhanced)});
}

void append_score(Results& results, const std::string& prefix, const ClipScore& score) {
  const auto append = [&](const char* name, std::span<const float> values) {
    results.append(prefix + name, values, {std::ssize(values)});
  };
  append("coefficient", {&score.coefficient, 1});
  append("coefficient.model", {&score.coefficient, 1});
  append("embedding", score.embedding);
  append("embedding.bridged", score.calibrated);
  append("log_posterior", score.log_posterior);
}

void run_recognition(Engine& engine, const TensorFile& file, Results& results) {
  if (!engine.model().ser) lacks(engine, file, "a classifier");
  const Tensor* first = file.find("in.fbank_noisy");
  if (first->shape.size() != 3 || first->shape[2] != MelBank::kMels) {
    throw Error(ErrorKind::model, file.name + ": in.fbank_noisy: shape " + weights::shape_text(first->shape) +
                                      ", wanted (B, T, 80)");
  }
  const int64_t batch = first->shape[0], frames = first->shape[1], size = frames * MelBank::kMels;
  results.expect_rows(batch);
  const std::vector<float> noisy = values_of(file, "in.fbank_noisy");
  const std::vector<float> enhanced =
      file.find("in.fbank_enhanced") != nullptr ? values_of(file, "in.fbank_enhanced") : noisy;
  if (enhanced.size() != noisy.size())
    throw Error(ErrorKind::model, file.name + ": in.fbank_enhanced: another shape");
  for (const char* kind : {"noisy", "enhanced"}) {
    const Tensor* pcm = file.find(std::string("in.pcm_") + kind);
    if (pcm == nullptr || pcm->shape.size() != 2 || pcm->shape[0] != batch) continue;
    const std::vector<float> samples = weights::to_float(*pcm);
    const int64_t n = pcm->shape[1];
    std::vector<float> fbank(static_cast<size_t>(MelBank::frames(n) * MelBank::kMels));
    for (int64_t b = 0; b < batch; ++b) {
      engine.run_trnet_features({samples.data() + b * n, static_cast<size_t>(n)}, fbank);
      results.append(std::string("in.fbank_") + kind, fbank, {MelBank::frames(n), MelBank::kMels});
    }
  }
  for (int64_t b = 0; b < batch; ++b) {
    const std::span<const float> x(noisy.data() + b * size, size), e(enhanced.data() + b * size, size);
    append_score(results, "", engine.run_trnet(x, e, frames, &results));
  }
}

void run_chain(Engine& engine, const TensorFile& file, Results& results) {
  if (!engine.model().can_score()) lacks(engine, file, "a classifier with its enhancer");
  for (int i = 0; file.find(std::to_string(i) + ".in.pcm") != nullptr; ++i) {
    const std::string prefix = std::to_string(i) + ".";
    const std::vector<float> pcm = values_of(file, prefix + "in.pcm");
    if (pcm.empty()) throw Error(ErrorKind::model, file.name + ": " + prefix + "in.pcm: no samples");
    if (engine.model().se) {
      const weights::Fit& fit = engine.model().config.ser->fit;
      std::vector<float> fitted(static_cast<size_t>(fitted_size(std::ssize(pcm), fit)));
      fit_clip(pcm, fit, fitted);
      std::vector<float> enhanced(fitted.size());
      engine.run_cmgan(fitted, enhanced, nullptr);
      results.append(prefix + "enhanced.pcm", enhanced, {std::ssize(enhanced)});
    }
    const std::span<const float> clip(pcm);
    append_score(results, prefix, engine.score({&clip, 1}).front());
  }
}

}  // namespace

std::vector<Comparison> compare_with_reference(Engine& engine, const TensorFile& reference) {
  Results results(reference, engine.model().name);
  if (reference.find("in.pcm") != nullptr) {
    run_enhancement(engine, reference, results);
  } else if (reference.find("in.fbank_noisy") != nullptr) {
    run_recognition(engine, reference, results);
  } else if (reference.find("0.in.pcm") != nullptr) {
    run_chain(engine, reference, results);
  } else {
    throw Error(
        ErrorKind::model,
        reference.name + ": no known input, wanted in.pcm, in.fbank_noisy or 0.in.pcm among the tensors");
  }
  return results.compare();
}

}  // namespace serene::runtime
