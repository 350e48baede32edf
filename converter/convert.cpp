#include "converter/convert.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "converter/checkpoint.h"
#include "converter/fitted.h"
#include "converter/narrow.h"
#include "converter/other_networks.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_format.h"
#include "runtime/networks/common/network_format.h"
#include "weights/misfits.h"
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

// The network that a checkpoint is of. Throws Error(model) where it is of none, or of one in another role.
const networks::NetworkFormat& network_of(const networks::Checkpoint& checkpoint, const PartSource& source) {
  const auto formats = networks::network_formats();
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [&](const auto* format) { return format->recognises(checkpoint); });
  const bool known = found != formats.end();
  if (known && (!source.role || (*found)->role == *source.role)) return **found;
  const auto article = [](networks::Role role) {
    return (role == networks::Role::enhancer ? "an " : "a ") + std::string(name_of(role));
  };
  if (known) {
    weights::refuse(source.path, "this is " + article((*found)->role) + ", not " + article(*source.role) +
                                     ": were --se and --ser swapped?");
  }
  const std::string supported = "; supported are CMGAN (--se) and TRNet with its baselines (--ser)";
  const std::string other = other_network(checkpoint.tensors);
  if (!other.empty())
    weights::refuse(source.path, "a checkpoint of " + other + ", which serene does not compute" + supported);
  std::string landmarks;
  for (const networks::NetworkFormat* format : formats) {
    if (source.role && format->role != *source.role) continue;
    landmarks += (landmarks.empty() ? "" : ", ") + std::string(format->landmark);
  }
  const std::string cause =
      source.role ? "no " + std::string(name_of(*source.role)) + ": " + landmarks + " is missing"
                  : "of no network of this program: it has none of " + landmarks;
  weights::refuse(source.path, cause + supported);
}

// The model that wires such parts. Throws Error(invalid_argument) where none does, or another was asked for.
const models::ModelFormat& model_of(const models::ModelConfig& config, const std::string& wanted) {
  std::string names;
  for (const models::PartConfig& part : config.parts)
    names += (names.empty() ? "" : ", ") + std::string(part.network->network());
  for (const models::ModelFormat* format : models::model_formats()) {
    if ((wanted.empty() || format->name == wanted) && format->takes(config)) return *format;
  }
  if (wanted.empty())
    throw Error(ErrorKind::invalid_argument, "no model is made of these parts alone: " + names);
  if (models::find_model(wanted) == nullptr)
    throw Error(ErrorKind::invalid_argument, "--model: unknown: " + wanted);
  throw Error(ErrorKind::invalid_argument, "--model: " + wanted + " is not made of these parts: " + names);
}

}  // namespace

models::Fit parse_fit(const std::string& text) {
  if (text == "none") return {};
  const size_t colon = text.find(':');
  const std::string rule = text.substr(0, colon);
  models::Fit fit{rule == "tile" ? models::FitRule::tile : models::FitRule::pad, 0};
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
  models::ModelConfig config;
  weights::TensorFile file;
  std::string labelled;  // the checkpoint that has the classes
  for (const PartSource& source : options.parts) {
    networks::Checkpoint checkpoint;
    checkpoint.name = source.path;
    checkpoint.tensors = weights::stored(read_checkpoint(source.path));
    const networks::NetworkFormat& format = network_of(checkpoint, source);
    networks::Import import = format.import(checkpoint);
    weights::Tensors part = fitted(import, format, source.name, source.path);
    const std::vector<std::string> unsound = unsound_values(part, source.name + '.');
    if (!unsound.empty() && !options.allow_nonfinite) weights::refuse(source.path, weights::listed(unsound));
    config.nonfinite = config.nonfinite || !unsound.empty();
    if (options.dtype != weights::DType::f32) part = narrowed(std::move(part), options.dtype, source.path);
    file.tensors.merge(part);
    config.parts.push_back({source.name, std::move(import.config)});
    if (format.role != networks::Role::enhancer) labelled = source.path;
  }
  std::sort(config.parts.begin(), config.parts.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const models::ModelFormat& model = model_of(config, options.model);
  config.model = model.name;
  config.outputs = model.labelled(config);
  if (!config.outputs.empty()) {
    models::OutputSpec& classes = config.outputs.front();
    classes.labels = options.labels;
    check_labels(classes.labels, classes.size, labelled);
    config.clip = options.fit;
  }
  file.metadata["serene"] = models::to_json(config);
  // Widths beyond what a model file may have are found here and not when the model is loaded.
  models::config_from_json(file.metadata["serene"], options.parts.back().path);
  return file;
}

}  // namespace serene::converter
