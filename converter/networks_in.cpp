#include "converter/networks_in.h"

#include <algorithm>
#include <set>

#include "converter/other_networks.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

using networks::NetworkFormat;

// Those that config.json names; none where it names none.
std::vector<std::string> architectures_of(const networks::Checkpoint& checkpoint) {
  const auto* config = checkpoint.config.as<json::Object>();
  const json::Value* found = config == nullptr ? nullptr : json::find(*config, "architectures");
  if (found == nullptr || found->as<std::nullptr_t>() != nullptr) return {};
  const auto fail = [&] {
    weights::refuse(checkpoint.name, "config.json: architectures: must be a list of names");
  };
  const auto* array = found->as<json::Array>();
  if (array == nullptr) fail();
  std::vector<std::string> all;
  for (const json::Value& value : *array) {
    const auto* name = value.as<std::string>();
    if (name == nullptr) fail();
    all.push_back(*name);
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

[[noreturn]] void refuse_architectures(const networks::Checkpoint& checkpoint,
                                       const std::vector<std::string>& architectures) {
  std::set<std::string> known;
  for (const NetworkFormat* format : networks::network_formats())
    known.insert(format->architectures.begin(), format->architectures.end());
  const std::string supported = known.empty() ? supported_networks() : joined({known.begin(), known.end()});
  weights::refuse(checkpoint.name, "config.json: architectures: " + joined(architectures) +
                                       ", which serene does not compute; supported are " + supported);
}

// A format that knows the classes of transformers that it can be in takes no other.
bool takes(const NetworkFormat& format, const std::vector<std::string>& architectures) {
  return format.architectures.empty() || architectures.empty() ||
         std::ranges::any_of(architectures, [&](const std::string& name) {
           return std::ranges::find(format.architectures, name) != format.architectures.end();
         });
}

[[noreturn]] void refuse_unknown(const networks::Checkpoint& checkpoint, std::optional<networks::Role> role) {
  const std::string supported = "; supported are " + supported_networks();
  const std::string other = other_network(checkpoint.tensors);
  if (!other.empty()) {
    weights::refuse(checkpoint.name,
                    "a checkpoint of " + other + ", which serene does not compute" + supported);
  }
  const std::vector<std::string> architectures = architectures_of(checkpoint);
  if (!architectures.empty()) refuse_architectures(checkpoint, architectures);
  std::string landmarks;
  for (const NetworkFormat* format : networks::network_formats()) {
    if (role && format->role != *role) continue;
    landmarks += (landmarks.empty() ? "" : ", ") + std::string(format->landmark);
  }
  const std::string cause = role ? "no " + std::string(name_of(*role)) + ": " + landmarks + " is missing"
                                 : "of no network of this program: it has none of " + landmarks;
  weights::refuse(checkpoint.name, cause + supported);
}

}  // namespace

std::string part_name(const NetworkFormat& format) {
  return std::string(format.part.empty() ? name_of(format.role) : format.part);
}

std::string with_article(networks::Role role) {
  const std::string name(name_of(role));
  return (name.starts_with('e') ? "an " : "a ") + name;
}

std::string supported_networks() {
  std::string text;
  for (const NetworkFormat* format : networks::network_formats()) {
    text += (text.empty() ? "" : ", ") + std::string(format->name) + " (" +
            std::string(name_of(format->role)) + ")";
  }
  return text;
}

Formats networks_in(const networks::Checkpoint& checkpoint, std::optional<networks::Role> role) {
  Formats found;
  for (const NetworkFormat* format : networks::network_formats()) {
    if (format->recognises(checkpoint)) found.push_back(format);
  }
  if (found.empty()) refuse_unknown(checkpoint, role);
  const std::vector<std::string> architectures = architectures_of(checkpoint);
  for (const NetworkFormat* format : found) {
    if (!takes(*format, architectures)) refuse_architectures(checkpoint, architectures);
  }
  return found;
}

}  // namespace serene::converter
