#include "converter/architecture.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "converter/other_networks.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

constexpr size_t kListed = 20;

[[noreturn]] void fail(const std::string& name, const std::string& cause) { weights::refuse(name, cause); }

bool has_part(const Tensors& tensors, std::string_view prefix) {
  const auto it = tensors.lower_bound(std::string(prefix));
  return it != tensors.end() && it->first.starts_with(prefix);
}

// Where a width of the network can be read: a dimension of a tensor of that rank.
struct Place {
  std::string tensor;
  size_t rank, dimension;
};

int width(const Tensors& tensors, const std::vector<Place>& places, const std::string& name) {
  std::string seen;
  for (const Place& place : places) {
    const auto it = tensors.find(place.tensor);
    if (it == tensors.end()) continue;
    const std::vector<int64_t>& shape = it->second.shape;
    if (shape.size() == place.rank && shape[place.dimension] >= 1 && shape[place.dimension] <= 65536) {
      return static_cast<int>(shape[place.dimension]);
    }
    if (seen.empty()) {
      seen = place.tensor + ": shape " + weights::shape_text(shape) + " is not one of this layer";
    }
  }
  fail(name, seen.empty() ? places.front().tensor + ": missing" : seen);
}

// The number of the last TSCB that has any tensor; a gap before it is for the schema to list.
int last_tscb(const Tensors& tensors) {
  constexpr std::string_view kPrefix = "TSCB_";
  int last = 0;
  for (auto it = tensors.lower_bound(std::string(kPrefix));
       it != tensors.end() && it->first.starts_with(kPrefix); ++it) {
    int number = 0;
    const char* end = it->first.data() + it->first.size();
    const auto [rest, code] = std::from_chars(it->first.data() + kPrefix.size(), end, number);
    if (code == std::errc() && rest != end && *rest == '.' && number <= 64) last = std::max(last, number);
  }
  return last;
}

// `missing` is of a checkpoint whose network is not told otherwise.
[[noreturn]] void refuse_network(const Tensors& tensors, const std::string& name,
                                 const std::string& missing) {
  const std::string other = other_network(tensors);
  fail(name, (other.empty() ? missing : "a checkpoint of " + other + ", which serene does not compute") +
                 "; supported are CMGAN (--se) and TRNet with its baselines (--ser)");
}

// Present in checkpoints, without use at inference.
bool is_unused(const std::string& tensor) {
  return tensor.ends_with(".num_batches_tracked") || tensor.starts_with("att_block.bn_att.");
}

}  // namespace

bool is_enhancer(const Tensors& tensors) {
  return has_part(tensors, "dense_encoder.") || has_part(tensors, "TSCB_");
}
bool is_recogniser(const Tensors& tensors) {
  return has_part(tensors, "EmotionClassifier.") || has_part(tensors, "backbone.");
}

weights::SeConfig infer_se(const Tensors& tensors, const std::string& name) {
  if (!is_enhancer(tensors)) {
    if (is_recogniser(tensors))
      fail(name, "this is a recogniser, not an enhancer: were --se and --ser swapped?");
    refuse_network(tensors, name, "no enhancer: dense_encoder.conv_1.0.weight is missing");
  }
  weights::SeConfig config;
  config.channels = width(tensors,
                          {{"dense_encoder.conv_1.0.weight", 4, 0},
                           {"dense_encoder.conv_2.0.weight", 4, 0},
                           {"complex_decoder.conv.weight", 4, 1},
                           {"TSCB_1.time_conformer.post_norm.weight", 1, 0}},
                          name);
  if (config.channels % 4 != 0 || config.channels > 1024) {
    fail(name, "dense_encoder.conv_1.0.weight: " + std::to_string(config.channels) +
                   " channels, wanted a multiple of 4 up to 1024");
  }
  config.tscbs = std::max(1, last_tscb(tensors));
  return config;
}

int64_t class_count(const Tensors& tensors, const std::string& name) {
  return width(tensors, {{"EmotionClassifier.fc2.weight", 2, 0}, {"EmotionClassifier.fc2.bias", 1, 0}}, name);
}

weights::SerConfig infer_ser(const Tensors& tensors, const std::string& name) {
  if (!is_recogniser(tensors)) {
    if (is_enhancer(tensors))
      fail(name, "this is an enhancer, not a recogniser: were --se and --ser swapped?");
    refuse_network(tensors, name, "no recogniser: EmotionClassifier.fc1.weight is missing");
  }
  weights::SerConfig config;
  const bool cnn6 = has_part(tensors, "backbone.conv_block");
  if (!cnn6 && !has_part(tensors, "backbone.block")) {
    fail(name, "unknown encoder: neither backbone.conv_block1 nor backbone.block1");
  }
  config.encoder = cnn6 ? weights::Encoder::cnn6 : weights::Encoder::residual;
  for (int i = 1; i <= 4; ++i) {
    const std::string block = (cnn6 ? "backbone.conv_block" : "backbone.block") + std::to_string(i);
    config.widths.push_back(width(
        tensors,
        {{block + ".conv1.weight", 4, 0}, {block + ".bn1.weight", 1, 0}, {block + ".bn1.running_mean", 1, 0}},
        name));
  }
  config.embedding = cnn6 ? width(tensors,
                                  {{"att_block.att.weight", 3, 0},
                                   {"att_block.cla.weight", 3, 0},
                                   {"EmotionClassifier.fc1.weight", 2, 1}},
                                  name)
                          : config.widths.back();
  config.hidden =
      width(tensors, {{"EmotionClassifier.fc1.weight", 2, 0}, {"EmotionClassifier.fc1.bias", 1, 0}}, name);
  config.blend = has_part(tensors, "front_model.");
  config.bridge = has_part(tensors, "back_model.");
  if (config.bridge && !config.blend)
    fail(name, "back_model without front_model: the bridge needs the coefficient");
  return config;
}

Tensors fit_to_schema(const Tensors& tensors, const std::vector<weights::TensorSpec>& schema,
                      const std::string& prefix, const std::string& name) {
  using weights::DType;
  std::vector<std::string> problems;
  Tensors fitted;
  std::map<std::string, bool> wanted;
  for (const weights::TensorSpec& spec : schema) {
    const std::string key = spec.name.substr(prefix.size());
    wanted[key] = true;
    const auto it = tensors.find(key);
    if (it == tensors.end()) {
      problems.push_back(key + " missing, wanted " + weights::shape_text(spec.shape));
      continue;
    }
    if (it->second.shape != spec.shape) {
      problems.push_back(key + " is " + weights::shape_text(it->second.shape) + ", wanted " +
                         weights::shape_text(spec.shape));
      continue;
    }
    const DType dtype = it->second.dtype;
    if (dtype != DType::f64 && dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
      problems.push_back(key + " is " + std::string(weights::dtype_name(dtype)) + ", wanted floating point");
      continue;
    }
    // Once something does not fit, the rest is only looked at.
    if (problems.empty()) {
      fitted[spec.name] = weights::from_float(spec.name, spec.shape, weights::to_float(it->second));
    }
  }
  for (const auto& [key, tensor] : tensors) {
    if (!wanted.contains(key) && !is_unused(key)) problems.push_back(key + " is not part of the network");
  }
  if (!problems.empty()) {
    fail(name, std::to_string(problems.size()) + (problems.size() == 1 ? " tensor does" : " tensors do") +
                   " not fit: " + listed(problems));
  }
  return fitted;
}

std::vector<std::string> unsound_values(const Tensors& fitted, const std::string& prefix) {
  std::vector<std::string> problems;
  bool all_zero = true;
  for (const auto& [name, tensor] : fitted) {
    const std::vector<float> values = weights::to_float(tensor);
    const auto count = [&](auto&& is) {
      return static_cast<size_t>(std::count_if(values.begin(), values.end(), is));
    };
    const std::string key = name.substr(prefix.size()) + ": ", of = " of " + std::to_string(values.size());
    const size_t nonfinite = count([](float v) { return !std::isfinite(v); });
    if (nonfinite > 0) {
      problems.push_back(key + std::to_string(nonfinite) + of + " values are not finite");
    }
    const size_t negative = name.ends_with(".running_var") ? count([](float v) { return v < 0; }) : 0;
    if (negative > 0) problems.push_back(key + std::to_string(negative) + of + " variances are negative");
    all_zero = all_zero && count([](float v) { return v != 0; }) == 0;
  }
  if (all_zero) problems.push_back("all weights are zero");
  return problems;
}

std::string listed(const std::vector<std::string>& problems) {
  std::string text;
  for (size_t i = 0; i < std::min(problems.size(), kListed); ++i) text += (i > 0 ? "; " : "") + problems[i];
  if (problems.size() > kListed) text += "; and " + std::to_string(problems.size() - kListed) + " more";
  return text;
}

}  // namespace serene::converter
