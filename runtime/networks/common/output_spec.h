// What a model says of a clip, output by output.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace serene::networks {

enum class OutputKind {
  classes,  // log posteriors, a label each
  scalar,   // one number
  vector,   // an embedding
};

struct OutputSpec {
  std::string name;  // "emotion"
  OutputKind kind = OutputKind::scalar;
  int64_t size = 1;                 // numbers a clip
  std::vector<std::string> labels;  // of classes, `size` of them
  // Of a probability that there is speech: a clip below it has none, and no label. 0: every clip has one.
  double speech_threshold = 0;
  bool operator==(const OutputSpec&) const = default;
};

const char* name_of(OutputKind kind);
OutputSpec scalar_output(std::string name);
OutputSpec vector_output(std::string name, int64_t size);
// Without its labels.
OutputSpec classes_output(std::string name, int64_t size);

}  // namespace serene::networks
