#include "converter/convert.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "converter/checkpoint.h"
#include "converter/fitted.h"
#include "converter/labels.h"
#include "converter/narrow.h"
#include "converter/nrser_folder.h"
#include "converter/part.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"
#include "runtime/models/common/model_format.h"
#include "weights/byte_source.h"
#include "weights/misfits.h"
#include "weights/names.h"
#include "weights/refuse.h"
#include "weights/utf8.h"

namespace serene::converter {
namespace {

using networks::NetworkFormat;
using networks::Role;

[[noreturn]] void refuse_option(const std::string& cause) { throw Error(ErrorKind::invalid_argument, cause); }

// The networks that a source's name and role ask for; at least one.
Formats chosen(const PartSource& source, const Formats& formats) {
  if (source.name.empty()) return formats;
  // A part's own name goes before that of its role, which several networks may have.
  const auto is_called = [&](const NetworkFormat* format) {
    return !source.role && part_name(*format) == source.name;
  };
  const auto fits = [&](const NetworkFormat* format) {
    return source.role ? format->role == *source.role
                       : name_of(format->role) == source.name || is_called(format);
  };
  Formats found;
  std::ranges::copy_if(formats, std::back_inserter(found), is_called);
  if (found.empty()) std::ranges::copy_if(formats, std::back_inserter(found), fits);
  if (found.size() == 1) return found;
  const auto networks = networks::network_formats();
  const bool says_which = source.role || std::ranges::any_of(networks, fits);
  if (found.empty() && !says_which && formats.size() == 1) return formats;
  std::string names;
  for (const NetworkFormat* format : formats) {
    names += (names.empty() ? "" : " and ") + with_article(format->role) + " (" + part_name(*format) + ")";
  }
  if (found.empty() && !says_which)
    weights::refuse(source.path, "has " + names + ": --part takes the one that it is named after");
  if (!found.empty()) weights::refuse(source.path, "has two networks for the part " + source.name);
  const std::string wanted = source.role ? std::string(name_of(*source.role)) : source.name;
  if (formats.size() > 1) weights::refuse(source.path, "has " + names + ", no " + wanted);
  weights::refuse(source.path, "this is " + with_article(formats.front()->role) + ", not " +
                                   (source.role ? with_article(*source.role) : wanted) +
                                   (source.role ? ": were --se and --ser swapped?" : ""));
}

// The files of a folder that has several, without the folder.
struct FoundSource {
  PartSource source;
  bool is_nrser;
};
std::vector<FoundSource> sources_in(const std::vector<PartSource>& wanted) {
  std::vector<FoundSource> found;
  for (const PartSource& source : wanted) {
    const std::vector<std::string> files =
        source.name.empty() ? nrser_files(source.path) : std::vector<std::string>();
    for (const std::string& file : files) found.push_back({{"", file, source.role}, true});
    if (files.empty()) found.push_back({source, false});
  }
  return found;
}

std::vector<Part> parts_of(const ConvertOptions& options) {
  // A path that is given twice is read once.
  std::map<std::string, std::shared_ptr<SourceCheckpoint>> sources;
  std::vector<Part> parts;
  for (const auto& [wanted, is_nrser] : sources_in(options.parts)) {
    std::shared_ptr<SourceCheckpoint>& source = sources[wanted.path];
    if (source == nullptr) {
      source = std::make_shared<SourceCheckpoint>();
      source->checkpoint = read_checkpoint(wanted.path);
      source->formats = networks_in(source->checkpoint, wanted.role);
      source->is_nrser = is_nrser;
    }
    for (const NetworkFormat* format : chosen(wanted, source->formats)) {
      const std::string name = wanted.name.empty() ? part_name(*format) : wanted.name;
      const auto same = std::ranges::find(parts, name, &Part::name);
      if (same != parts.end())
        weights::refuse(wanted.path, "part " + name + ": there is one of this name already");
      parts.push_back({name, source, format});
    }
  }
  return parts;
}

// Refuses what a network does not take.
void check_settings(const std::vector<Part>& parts, const ConvertOptions& options) {
  for (const auto& [name, settings] : options.settings) {
    const auto part = std::ranges::find(parts, name, &Part::name);
    if (part == parts.end()) refuse_option("--set: " + name + ": there is no such part");
    for (const auto& [key, value] : settings) {
      const auto& known = part->format->settings;
      if (std::ranges::find(known, key) != known.end()) continue;
      std::string takes;
      for (const std::string_view setting : known)
        takes += (takes.empty() ? "" : ", ") + std::string(setting);
      refuse_option("--set: " + name + '.' + key + ": " + std::string(part->format->name) +
                    (takes.empty() ? " takes no settings" : " takes " + takes));
    }
  }
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

// The part that has the outputs, that with classes before others; null where nothing is scored.
const Part* scoring_part(const std::vector<Part>& parts) {
  const auto has_classes = [](const Part& part) { return part.import.config->class_count() > 0; };
  const auto scores = [](const Part& part) {
    return part.format->role != Role::enhancer && part.format->role != Role::encoder &&
           part.format->role != Role::level;
  };
  auto found = std::ranges::find_if(parts, has_classes);
  if (found == parts.end()) found = std::ranges::find_if(parts, scores);
  return found == parts.end() ? nullptr : &*found;
}

std::vector<std::string> labels_for(int64_t classes, const ConvertOptions& options,
                                    const SourceCheckpoint& source) {
  const networks::Checkpoint& checkpoint = source.checkpoint;
  const std::string count = std::to_string(classes);
  if (const auto known = nrser_labels();
      options.labels.empty() && source.is_nrser && std::ssize(known) == classes)
    return {known.begin(), known.end()};
  if (options.labels.empty() && !checkpoint.labels.empty()) {
    if (std::ssize(checkpoint.labels) != classes) {
      weights::refuse(checkpoint.name, "config.json: id2label: " + std::to_string(checkpoint.labels.size()) +
                                           " names for the " + count + " classes of the tensors");
    }
    return checkpoint.labels;
  }
  if (options.labels.empty()) {
    refuse_option("--labels: needed: " + checkpoint.name + " does not name its " + count +
                  " classes; give their names in the order of its outputs, --labels NAME,NAME,...");
  }
  if (std::ssize(options.labels) != classes) {
    refuse_option("--labels: " + std::to_string(options.labels.size()) + " names for the " + count +
                  " classes of " + checkpoint.name);
  }
  if (const std::string fault = weights::fault_of_names(options.labels); !fault.empty())
    refuse_option("--labels: " + fault);
  return options.labels;
}

// The rule that one of the parts is used with.
networks::UsualClip usual_clip(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    const networks::UsualClip usual = part.import.config->usual_clip();
    if (usual.fit != "none") return usual;
  }
  return {};
}

// Wires the parts, and brings them to one another.
void join(models::ModelConfig& config, const models::ModelFormat& model, std::vector<Part>& parts) {
  if (model.join == nullptr) return;
  model.join(config, [&](const std::string& name, const std::string& cause) {
    const auto part = std::ranges::find(parts, name, &Part::name);
    weights::refuse(part == parts.end() ? parts.front().path() : part->path(), name + ": " + cause);
  });
  for (Part& part : parts)
    part.import.config = std::ranges::find(config.parts, part.name, &models::PartConfig::name)->network;
}

// The part's tensors as the file has them, after a look at every value.
weights::StoredTensors sound_tensors(const Part& part, const ConvertOptions& options, bool* nonfinite) {
  weights::StoredTensors tensors = fitted(part.import, part.name);
  const std::vector<std::string> unsound = unsound_values(tensors, part.name + '.');
  if (!unsound.empty() && !options.allow_nonfinite) weights::refuse(part.path(), weights::listed(unsound));
  *nonfinite = *nonfinite || !unsound.empty();
  if (options.dtype == weights::DType::f32) return tensors;
  tensors = narrowed(tensors, options.dtype, part.path());
  // Throws where a value does not fit.
  for (const auto& [name, tensor] : tensors) tensor.read();
  return tensors;
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

Conversion convert(const ConvertOptions& options) {
  std::vector<Part> parts = parts_of(options);
  check_settings(parts, options);
  import_parts(parts, options.settings);

  Conversion made;
  models::ModelConfig& config = made.config;
  for (const Part& part : parts) config.parts.push_back({part.name, part.import.config});
  std::ranges::sort(config.parts, {}, &models::PartConfig::name);
  const models::ModelFormat& model = model_of(config, options.model);
  config.model = model.name;
  join(config, model, parts);
  config.outputs = model.labelled(config);
  const Part* scoring = scoring_part(parts);
  if (scoring != nullptr) made.classes_from = scoring->path();
  if (!config.outputs.empty()) {
    models::OutputSpec& classes = config.outputs.front();
    classes.labels = labels_for(classes.size, options, *scoring->source);
  } else if (scoring != nullptr && !options.labels.empty()) {
    refuse_option("--labels: " + scoring->path() + " gives numbers and no classes");
  }
  const networks::UsualClip usual = usual_clip(parts);
  const bool enhances_alone =
      std::ranges::all_of(parts, [](const Part& part) { return part.format->role == Role::enhancer; });
  // An enhancer alone takes any clip.
  if (options.fit && !enhances_alone) config.clip = *options.fit;
  if (!options.fit) {
    config.clip = parse_fit(std::string(usual.fit));
    if (!usual.is_known) made.assumed_clip = usual.fit;
  }

  for (const Part& part : parts) {
    weights::StoredTensors tensors = sound_tensors(part, options, &config.nonfinite);
    made.file.tensors.merge(tensors);
  }
  made.file.metadata["serene"] = models::to_json(config);
  // Widths beyond what a model file may have are found here and not when the model is loaded.
  models::config_from_json(made.file.metadata["serene"], parts.back().path());
  if (!options.card.empty()) made.file.metadata["card"] = options.card;
  made.left_out = left_out(parts);
  return made;
}

std::string read_card(const std::string& path) {
  const weights::Source file = weights::open_file(path);
  if (file->size() > models::kLongestCard) {
    weights::refuse(path, std::to_string(file->size()) + " bytes, wanted at most " +
                              std::to_string(models::kLongestCard));
  }
  const std::vector<std::byte> bytes = file->read(0, file->size());
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!weights::is_utf8(text)) weights::refuse(path, "not UTF-8");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace serene::converter
