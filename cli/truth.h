// What recordings are said to be, by a list of its own.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/manifest.h"
#include "cli/scored_rows.h"

namespace serene::cli {

// Held in memory, as rows may come in any order.
class Truth {
 public:
  struct Entry {
    std::string reference;
    Row columns;
    bool used = false;
  };

  // A manifest whose rows with a label count. Throws Stop(kExitUsage), also where an id has two labels.
  explicit Truth(const ManifestOptions& manifest);

  // By id where both have one, else by path, and by channel where the list names it; null where nothing is
  // said. Throws Stop(kExitUsage) for a path with several labels.
  Entry* find(const ScoredRow& row);
  // Entries that find() never gave.
  size_t unused() const;

 private:
  using Places = std::unordered_map<std::string, size_t>;
  static constexpr size_t kSeveral = static_cast<size_t>(-1);

  Entry* use(size_t place);

  std::string name_;
  std::vector<Entry> entries_;
  Places by_id_, by_path_;
};

}  // namespace serene::cli
