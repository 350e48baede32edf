// Where the time of an engine's passes goes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/src/engine.h"
#include "runtime/src/profile/recorder.h"

namespace serene::runtime {

struct ProfileOptions {
  int64_t batch = 1;   // clips
  double seconds = 0;  // of a clip; 0: the model's, or kProfileSeconds where it takes any length
  int repeat = 10;
  int warmup = 2;
};

inline constexpr double kProfileSeconds = 5;

struct Profile {
  std::string device;
  int64_t batch = 1;
  double seconds = 0;  // of a clip
  int warmup = 0;
  // The same spans for every repetition, with the times of the one whose total is the median. The first is
  // the whole, called "pass".
  std::vector<Span> spans;
  // Seconds of every span, for each repetition.
  std::vector<std::vector<double>> durations;
  std::map<const void*, KernelFacts> kernels;
};

// Scores clips of a made-up signal, or enhances them where the model can do no more, with every op launched
// and timed by itself. Throws what the engine throws, Error(internal) where repetitions differ.
Profile profile(Engine& engine, const ProfileOptions& options);

// Samples that a clip of the model has, 0 where it takes any length.
int64_t clip_samples(const Model& model);

}  // namespace serene::runtime
