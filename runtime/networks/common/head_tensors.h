// Names that reference tensors of a head on an encoder have.
#pragma once

#include <string>
#include <vector>

namespace serene::runtime {

// A file of an encoder's tensors has those of an emotion recogniser with it below this name.
inline constexpr const char* kRecogniserPrefix = "er.";

// Of the recording whose tensors' names begin with `prefix`: an encoder alone computes none of them.
inline std::vector<std::string> head_tensors(const std::string& prefix) {
  std::vector<std::string> names;
  for (const char* name : {"tap.head_input", "pooled", "embedding", "logits", "log_posterior",
                           "probabilities", "snr_db", "speech", "tap.snr_db", "tap.speech_logit"}) {
    names.push_back(prefix + name);
    names.push_back(prefix + kRecogniserPrefix + name);
  }
  return names;
}

}  // namespace serene::runtime
