#include "converter/convert.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <set>

#include "converter/architecture.h"
#include "converter/checkpoint.h"
#include "kernels/common/error.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);  // nearest, ties to even
}

weights::Tensor narrowed(const weights::Tensor& tensor) {
  const std::vector<float> values = weights::to_float(tensor);
  weights::Tensor narrow{tensor.name, weights::DType::bf16, tensor.shape, {}};
  narrow.bytes.resize(values.size() * 2);
  size_t large = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = to_bf16(values[i]);
    std::memcpy(narrow.bytes.data() + 2 * i, &bits, 2);
    large += (bits & 0x7f80) == 0x7f80 ? 1 : 0;
  }
  if (large > 0) {
    weights::refuse(tensor.name, std::to_string(large) + " of " + std::to_string(values.size()) +
                                     " values are too large for bf16");
  }
  return narrow;
}

// As RFC 3629 has it: no surrogates, nothing longer than needed.
bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at]);
    const size_t size = lead < 0x80   ? 1
                        : lead < 0xc2 ? 0
                        : lead < 0xe0 ? 2
                        : lead < 0xf0 ? 3
                        : lead < 0xf5 ? 4
                                      : 0;
    if (size == 0 || text.size() - at < size) return false;
    for (size_t i = 1; i < size; ++i) {
      if ((static_cast<uint8_t>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    const auto second = static_cast<uint8_t>(size > 1 ? text[at + 1] : 0);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    at += size;
  }
  return true;
}

void check_labels(const std::vector<std::string>& labels, int64_t classes, const std::string& checkpoint) {
  const auto fail = [](const std::string& cause) {
    throw Error(ErrorKind::invalid_argument, "--labels: " + cause);
  };
  if (static_cast<int64_t>(labels.size()) != classes) {
    fail(labels.empty() ? "needed: " + checkpoint + " has " + std::to_string(classes) + " classes"
                        : std::to_string(labels.size()) + " names for the " + std::to_string(classes) +
                              " classes of " + checkpoint);
  }
  if (std::set<std::string>(labels.begin(), labels.end()).size() != labels.size())
    fail("a name stands twice");
  for (const std::string& label : labels) {
    if (label.empty()) fail("an empty name");
    if (!is_utf8(label)) fail("a name is not UTF-8");
  }
}

}  // namespace

weights::Fit parse_fit(const std::string& text) {
  if (text == "none") return {};
  const size_t colon = text.find(':');
  const std::string rule = text.substr(0, colon);
  weights::Fit fit{rule == "tile" ? weights::FitRule::tile : weights::FitRule::pad, 0};
  const char* end = text.data() + text.size();
  const char* digits = colon == text.npos ? end : text.data() + colon + 1;
  const auto [rest, code] = std::from_chars(digits, end, fit.seconds);
  if ((rule != "tile" && rule != "pad") || code != std::errc() || rest != end || !(fit.seconds >= 0.2) ||
      !(fit.seconds <= 600)) {
    throw Error(ErrorKind::invalid_argument,
                "--fit: got " + text + ", wanted tile:SECONDS, pad:SECONDS (0.2 to 600) or none");
  }
  return fit;
}

weights::TensorFile convert(const ConvertOptions& options) {
  weights::ModelConfig config;
  weights::TensorFile file;
  if (!options.se.empty()) {
    const Tensors tensors = read_checkpoint(options.se);
    config.se = infer_se(tensors, options.se);
    file.tensors.merge(fit_to_schema(tensors, weights::se_schema(*config.se), "se.", options.se));
  }
  if (!options.ser.empty()) {
    const Tensors tensors = read_checkpoint(options.ser);
    config.ser = infer_ser(tensors, options.ser);
    config.ser->labels = options.labels;
    const int64_t classes = class_count(tensors, options.ser);
    if (options.labels.empty() && classes == 4) config.ser->labels = {"angry", "happy", "neutral", "sad"};
    check_labels(config.ser->labels, classes, options.ser);
    config.ser->fit = options.fit;
    file.tensors.merge(fit_to_schema(tensors, weights::ser_schema(*config.ser), "ser.", options.ser));
  }
  if (options.dtype == weights::DType::bf16) {
    for (auto& [name, tensor] : file.tensors) {
      if (tensor.shape.size() > 1) tensor = narrowed(tensor);
    }
  }
  file.metadata["serene"] = weights::to_json(config);
  return file;
}

}  // namespace serene::converter
