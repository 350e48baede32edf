// What recordings are said to be, by a list of its own.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/inputs/manifest.h"
#include "cli/rows/scored_rows.h"

namespace serene::cli {

// Held in memory, as rows may come in any order.
class Truth {
 public:
  struct Entry {
    std::string reference;
    Row columns;
    bool used = false;
  };

  // A manifest whose rows with a label count, or with a value of `column`, where it is not "". Throws
  // Stop(kExitUsage), also where an id has two labels.
  Truth(const ManifestOptions& manifest, const std::string& column);

  // By id where both have one, else by path, and by channel where the list names it; null where nothing is
  // said. Throws Stop(kExitUsage) for a path with several labels.
  Entry* find(const ScoredRow& row);
  size_t size() const { return entries_.size(); }
  // Entries that find() never gave.
  size_t unused() const;
  // By what find() looks for a row, and the first label could have been found: for a message.
  std::string sought(const ScoredRow& row) const;
  std::string first() const { return by_id_.empty() ? first_path_ : first_id_; }

 private:
  using Places = std::unordered_map<std::string, size_t>;
  static constexpr size_t kSeveral = static_cast<size_t>(-1);

  Entry* use(size_t place);

  bool goes_by_id(const ScoredRow& row) const { return !row.id.empty() && !by_id_.empty(); }

  std::string name_, first_path_, first_id_;  // of the list, and in it
  std::vector<Entry> entries_;
  Places by_id_, by_path_;
};

}  // namespace serene::cli
