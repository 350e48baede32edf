#include "runtime/networks/pooled_head/config.h"

#include <array>
#include <set>

namespace serene::networks {
namespace {

constexpr int kMostWidth = 4096, kMostClasses = 1000;
const std::vector<std::string> kKinds{"projected", "dense", "heads4"};  // in the order of PooledKind

std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader) {
  auto config = std::make_shared<PooledHeadConfig>();
  const std::string kind = reader.word("kind", kKinds);
  config->kind = kind == "projected" ? PooledKind::projected
                 : kind == "dense"   ? PooledKind::dense
                                     : PooledKind::heads4;
  config->hidden = reader.integer("hidden", 1, kMostWidth);
  if (reader.has("summed_states")) {
    config->states = reader.integer("summed_states", 1, kMostClasses);
  } else {
    config->of_state = reader.integer("state", -1, kMostClasses);
  }
  if (config->kind != PooledKind::heads4) config->inner = reader.integer("inner", 1, kMostWidth);
  if (config->kind != PooledKind::heads4 && reader.has("scalars")) {
    config->scalars = reader.names("scalars");
    config->classes = static_cast<int>(config->scalars.size());
    if (const std::string cause = unfit_names(config->scalars); !cause.empty()) reader.fail("scalars", cause);
  } else {
    config->classes = reader.integer("classes", 1, kMostClasses);
  }
  return config;
}

constexpr std::array<std::string_view, 1> kSettings{"state"};
constexpr std::string_view kArchitectures[] = {
    "HubertForSequenceClassification", "HubertForSpeechClassification",  "Wav2Vec2ForSequenceClassification",
    "Wav2Vec2ForSpeechClassification", "WavLMForSequenceClassification", "WavLMForSpeechClassification",
    "WhisperForAudioClassification"};

}  // namespace

const NetworkFormat pooled_head_format{
    .name = "pooled_head",
    .role = Role::head,
    .read = read,
    .landmark = "classifier.weight",
    .recognises = is_pooled_head,
    .import = import_pooled_head,
    .is_unused = is_unused_by_pooled_head,
    .settings = kSettings,
    .architectures = kArchitectures,
};

std::string unfit_names(const std::vector<std::string>& names) {
  const std::set<std::string> all(names.begin(), names.end());
  if (all.size() != names.size()) return "a name is there twice";
  for (const std::string& name : names) {
    const bool plain = !name.empty() && name.size() <= 64 &&
                       name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
    if (!plain) return name + " must be a name of a-z, 0-9 and _";
    if (name == "embedding" || name == "emotion") return name + " is the name of another output";
  }
  return "";
}

std::optional<int64_t> PooledHeadConfig::state() const {
  if (states > 0) return std::nullopt;
  return of_state;
}

std::vector<OutputSpec> PooledHeadConfig::outputs() const {
  std::vector<OutputSpec> all;
  if (scalars.empty()) all.push_back(classes_output("emotion", classes));
  for (const std::string& name : scalars) all.push_back(scalar_output(name));
  if (kind == PooledKind::heads4) {
    for (const char* name : {"arousal", "valence", "dominance"}) all.push_back(scalar_output(name));
  }
  all.push_back(vector_output("embedding", kind == PooledKind::projected ? inner : hidden));
  return all;
}

void PooledHeadConfig::write(json::Object& object) const {
  json::add(object, "kind", kKinds[static_cast<size_t>(kind)]);
  json::add(object, "hidden", hidden);
  states > 0 ? json::add(object, "summed_states", states) : json::add(object, "state", of_state);
  if (kind != PooledKind::heads4) json::add(object, "inner", inner);
  if (scalars.empty()) {
    json::add(object, "classes", classes);
  } else {
    json::add(object, "scalars", json::Array(scalars.begin(), scalars.end()));
  }
}

}  // namespace serene::networks
