#include "cli/evaluate/truth.h"

#include <algorithm>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

Row value_at(const Row& row, const char* key) {
  const auto found = row.is_object() ? row.find(key) : row.end();
  return found == row.end() ? Row(nullptr) : *found;
}

// As ScoredRow has it.
std::string path_key(const std::string& path) {
  Row row;
  add_path(row, "path", path);
  return row.contains("path") ? path : "b64:" + row["path_b64"].get<std::string>();
}

// What is said of one channel is found before what is said of the recording.
std::string with_channel(const std::string& key, const std::string& channel) {
  return channel.empty() ? key : key + '\0' + channel;
}

bool same(const Truth::Entry& a, const Truth::Entry& b) {
  return a.reference == b.reference && a.columns == b.columns;
}

}  // namespace

Truth::Truth(const ManifestOptions& manifest, const std::string& column) : name_(manifest.path) {
  read_manifest(manifest, [&](const Input& input) {
    Entry entry;
    entry.columns = value_at(input.carried, "columns");
    entry.reference = plain_text(column.empty() ? value_at(input.carried, "reference")
                                                : value_at(entry.columns, column.c_str()));
    if (entry.reference.empty()) return;
    const size_t place = entries_.size();
    const bool one = input.channels && input.channels->kind == Channels::Kind::one;
    const std::string channel = one ? to_text(*input.channels) : "";
    const std::string id = plain_text(value_at(input.carried, "id"));
    if (first_path_.empty()) first_path_ = input.path;
    if (first_id_.empty() && !id.empty()) first_id_ = "id " + id;
    if (!id.empty()) {
      const auto [at, is_new] = by_id_.try_emplace(with_channel(id, channel), place);
      if (!is_new && same(entries_[at->second], entry)) return;
      if (!is_new) throw Stop(kExitUsage, name_ + ": two rows with the id " + id + " say different things");
    }
    const auto [at, is_new] = by_path_.try_emplace(with_channel(path_key(input.path), channel), place);
    if (!is_new && at->second != kSeveral) {
      const bool says_the_same = same(entries_[at->second], entry);
      if (says_the_same && id.empty()) return;
      // Of a path's parts each has its id; a row without one could be any of them.
      if (!says_the_same) at->second = kSeveral;
    }
    entries_.push_back(std::move(entry));
  });
}

Truth::Entry* Truth::find(const ScoredRow& row) {
  const bool by_id = goes_by_id(row);
  const Places& places = by_id ? by_id_ : by_path_;
  const std::string& key = by_id ? row.id : row.path;
  auto found = places.find(with_channel(key, row.channel));
  if (found == places.end()) found = places.find(key);
  if (found == places.end()) return nullptr;
  if (found->second == kSeveral) {
    throw Stop(kExitUsage, name_ + ": several labels for " + row.path + "; ids can tell them apart");
  }
  return use(found->second);
}

Truth::Entry* Truth::use(size_t place) {
  entries_[place].used = true;
  return &entries_[place];
}

std::string Truth::sought(const ScoredRow& row) const { return goes_by_id(row) ? "id " + row.id : row.path; }

size_t Truth::unused() const {
  return static_cast<size_t>(
      std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.used; }));
}

}  // namespace serene::cli
