#include "converter/convert.h"

#include <charconv>
#include <set>

#include "converter/architecture.h"
#include "converter/checkpoint.h"
#include "converter/narrow.h"
#include "kernels/common/error.h"
#include "weights/refuse.h"
#include "weights/utf8.h"

namespace serene::converter {
namespace {

void check_labels(const std::vector<std::string>& labels, int64_t classes, const std::string& checkpoint) {
  const auto fail = [](const std::string& cause) {
    throw Error(ErrorKind::invalid_argument, "--labels: " + cause);
  };
  if (static_cast<int64_t>(labels.size()) != classes) {
    const std::string count = std::to_string(classes);
    fail(labels.empty()
             ? "needed: " + checkpoint + " does not name its " + count +
                   " classes; give their names in the order of its outputs, --labels NAME,NAME,..."
             : std::to_string(labels.size()) + " names for the " + count + " classes of " + checkpoint);
  }
  if (std::set<std::string>(labels.begin(), labels.end()).size() != labels.size())
    fail("a name stands twice");
  for (const std::string& label : labels) {
    if (label.empty()) fail("an empty name");
    if (!weights::is_utf8(label)) fail("a name is not UTF-8");
    if (weights::printable(label) != label)
      fail("a name with control characters, or of more than 4000 bytes");
  }
}

// Checks the values of a part, narrows them and puts them into the file.
void add_part(Tensors part, const std::string& prefix, const std::string& checkpoint,
              const ConvertOptions& options, weights::ModelConfig& config, weights::TensorFile& file) {
  const std::vector<std::string> unsound = unsound_values(part, prefix);
  if (!unsound.empty() && !options.allow_nonfinite) weights::refuse(checkpoint, listed(unsound));
  config.nonfinite = config.nonfinite || !unsound.empty();
  if (options.dtype != weights::DType::f32) {
    for (auto& [name, tensor] : part) {
      if (tensor.shape.size() > 1) tensor = narrowed(tensor, options.dtype, checkpoint);
    }
  }
  file.tensors.merge(part);
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
    add_part(fit_to_schema(tensors, weights::se_schema(*config.se), "se.", options.se), "se.", options.se,
             options, config, file);
  }
  if (!options.ser.empty()) {
    const Tensors tensors = read_checkpoint(options.ser);
    config.ser = infer_ser(tensors, options.ser);
    const int64_t classes = class_count(tensors, options.ser);
    // The schema counts classes by their names; what is wrong with the names comes after the checkpoint.
    config.ser->labels.assign(static_cast<size_t>(classes), "");
    Tensors fitted = fit_to_schema(tensors, weights::ser_schema(*config.ser), "ser.", options.ser);
    config.ser->labels = options.labels;
    check_labels(config.ser->labels, classes, options.ser);
    config.ser->fit = options.fit;
    add_part(std::move(fitted), "ser.", options.ser, options, config, file);
  }
  file.metadata["serene"] = weights::to_json(config);
  // Widths beyond what a model file may have are found here and not when the model is loaded.
  weights::config_from_json(file.metadata["serene"], options.ser.empty() ? options.se : options.ser);
  return file;
}

}  // namespace serene::converter
