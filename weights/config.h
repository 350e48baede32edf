// What a model file says about its networks: the JSON under the metadata key "serene".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace serene::weights {

// The current version of the configuration, raised on an incompatible change.
inline constexpr int kFormatVersion = 1;
// Of the JSON text: a thousand long labels. A tree of it takes some thirty times as much memory.
inline constexpr size_t kLongestConfiguration = 64 << 10;

// CMGAN (arXiv 2203.15149). Everything else of the network is fixed by its definition.
struct SeConfig {
  int channels = 64;  // C, a multiple of 4
  int tscbs = 4;      // two-stage conformer blocks
  bool operator==(const SeConfig&) const = default;
};

enum class Encoder { cnn6, residual };
enum class FitRule { tile, pad, none };

// How a clip is brought to the length the weights were trained with.
struct Fit {
  FitRule rule = FitRule::none;
  double seconds = 0;  // 0 with `none`
  bool operator==(const Fit&) const = default;
};

// TRNet's recogniser (arXiv 2404.12979) and its variants.
struct SerConfig {
  Encoder encoder = Encoder::cnn6;
  std::vector<int> widths;          // output channels of the four blocks
  int embedding = 256;              // E
  int hidden = 128;                 // width between the classifier's two layers
  bool blend = true;                // coefficient c and blended features; without it no enhancement is used
  bool bridge = true;               // FiLM of the embedding by c
  std::vector<std::string> labels;  // K names, in the order of the classifier's outputs
  Fit fit;
  bool operator==(const SerConfig&) const = default;
};

struct ModelConfig {
  int version = kFormatVersion;
  std::optional<SeConfig> se;
  std::optional<SerConfig> ser;
  bool nonfinite = false;  // converted with --allow-nonfinite: its values are not checked
  bool operator==(const ModelConfig&) const = default;
};

// Why a model of this configuration cannot score or enhance, "" if it can.
const char* cannot_score(const ModelConfig& config);
const char* cannot_enhance(const ModelConfig& config);

// Canonical JSON text (sorted keys, no spaces). The same text for equal configurations.
std::string to_json(const ModelConfig& config);
// Throws Error(model) "<name>: configuration: <key>: <cause>".
ModelConfig config_from_json(const std::string& text, const std::string& name);

}  // namespace serene::weights
