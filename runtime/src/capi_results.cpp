// The C interface: what results say.
#include "runtime/src/capi_results.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "runtime/src/capi_guard.h"
#include "serene/serene.h"

namespace {

using serene::Error;
using serene::ErrorKind;
using serene::capi::guarded;
using serene::capi::require;
using serene::networks::OutputKind;

// Null where there is no such item.
const serene_results::Item* item_of(const serene_results* results, size_t item) {
  if (results == nullptr) return nullptr;
  if (item == SERENE_WHOLE_RECORDING) return results->whole ? &*results->whole : nullptr;
  return item < results->items.size() ? &results->items[item] : nullptr;
}

std::string names_of(const serene_results& results) {
  std::string names;
  for (const auto& output : results.outputs) names += (names.empty() ? "" : ", ") + output.name;
  return names;
}

// Nothing for an output that recordings have of other models.
std::optional<size_t> find_output(const serene_results& results, const std::string& name) {
  for (size_t i = 0; i < results.outputs.size(); ++i) {
    if (results.outputs[i].name == name) return i;
  }
  if (name == "posterior") return results.classes;
  if (name == "coefficient") return std::nullopt;
  throw Error(ErrorKind::invalid_argument, "no output " + name + ": there are " + names_of(results));
}

std::string no_such_item(const serene_results& results, size_t item) {
  if (item == SERENE_WHOLE_RECORDING) return "the results are of clips, not of a recording";
  return std::string("no ") + (results.whole ? "window " : "clip ") + std::to_string(item) + ", there are " +
         std::to_string(results.items.size());
}

struct Found {
  const std::vector<float>* values = nullptr;  // null where there are none
  bool has_label = true;                       // false of the output that labels are of, where there is none
  const serene::networks::OutputSpec* output = nullptr;
};

// Throws Error(invalid_argument) where there is no such item or output.
Found find(const char* function, const serene_results* results, size_t item, const char* output) {
  try {
    require(results != nullptr && output != nullptr, "results or output is null");
    const serene_results::Item* of = item_of(results, item);
    if (of == nullptr) throw Error(ErrorKind::invalid_argument, no_such_item(*results, item));
    const auto place = find_output(*results, output);
    if (!place || of->outputs.empty() || of->outputs[*place].empty()) return {};
    const bool has_label = place != results->classes || *of->reason == '\0';
    return {&of->outputs[*place], has_label, &results->outputs[*place]};
  } catch (const Error& error) {
    throw Error(error.kind(), function + (": " + std::string(error.what())));
  }
}

}  // namespace

extern "C" {

void serene_results_free(serene_results* results) { delete results; }

size_t serene_results_count(const serene_results* results) {
  return results == nullptr ? 0 : results->items.size();
}

double serene_results_start(const serene_results* results, size_t item) {
  const auto* found = item_of(results, item);
  return found == nullptr ? 0 : found->start;
}

double serene_results_seconds(const serene_results* results, size_t item) {
  const auto* found = item_of(results, item);
  return found == nullptr ? 0 : found->seconds;
}

serene_status serene_results_values(const serene_results* results, size_t item, const char* output,
                                    const float** values, size_t* count) {
  return guarded([&] {
    require(values != nullptr && count != nullptr, "serene_results_values: values or count is null");
    const Found found = find("serene_results_values", results, item, output);
    *values = found.values == nullptr ? nullptr : found.values->data();
    *count = found.values == nullptr ? 0 : found.values->size();
  });
}

serene_status serene_results_text(const serene_results* results, size_t item, const char* output,
                                  const char** text) {
  return guarded([&] {
    require(text != nullptr, "serene_results_text: text is null");
    const Found found = find("serene_results_text", results, item, output);
    *text = nullptr;
    if (found.values == nullptr || !found.has_label || found.output->kind != OutputKind::classes) return;
    const auto best = std::ranges::max_element(*found.values) - found.values->begin();
    *text = found.output->labels[static_cast<size_t>(best)].c_str();
  });
}

uint32_t serene_results_flags(const serene_results* results, size_t item) {
  const auto* found = item_of(results, item);
  return found == nullptr ? 0 : found->flags;
}

double serene_results_clipped_share(const serene_results* results) {
  return results == nullptr ? 0 : results->clipped_share;
}

double serene_results_silent_share(const serene_results* results) {
  return results == nullptr ? 0 : results->silent_share;
}

const char* serene_results_reason(const serene_results* results) {
  return serene_results_item_reason(results, SERENE_WHOLE_RECORDING);
}

const char* serene_results_item_reason(const serene_results* results, size_t item) {
  const auto* found = item_of(results, item);
  return found == nullptr ? "" : found->reason;
}

}  // extern "C"
