// Runs a file of reference tensors through a model and says how far each result is off. Names and layouts are
// those of tests/golden/README.md.
#pragma once

#include <string>
#include <vector>

#include "runtime/src/engine.h"
#include "weights/safetensors.h"

namespace serene::runtime {

struct Comparison {
  enum class Verdict { pass, fail, not_computed };
  std::string name;
  double worst_absolute = 0;  // max |out - ref|
  double relative = 0;        // |out - ref| / |ref|, Euclidean norms over the tensor
  double snr_db = 0;          // -20 log10(relative)
  bool absolute_bound = false;
  double bound = 0;  // on worst_absolute if absolute_bound, else on relative
  Verdict verdict = Verdict::not_computed;
};

// |out - ref| / |ref| of every tensor but log_posterior, logits and levels, which are held to absolute
// bounds.
inline constexpr double kRelativeBound = 1e-4;
inline constexpr double kLogPosteriorBound = 1e-3;
inline constexpr double kLevelBound = 1e-4;  // of numbers from 0 to 1, which may be next to nothing

// A file holds one of: `in.pcm` (enhancement), `in.fbank_noisy` (recognition, with in.pcm_* the features
// too), or `<i>.in.pcm` (the whole chain). Every tensor that is not an input is compared; one that no step
// computes gets the verdict not_computed. Throws Error(model) with both shapes at the first tensor that the
// model computes in another shape, and if the file has no input that is known; Error(unsupported) if the
// model lacks the part.
std::vector<Comparison> compare_with_reference(Engine& engine, const weights::TensorFile& reference);

}  // namespace serene::runtime
