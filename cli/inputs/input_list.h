// Every way to say which recordings: arguments, standard input, a manifest.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/inputs/inputs.h"
#include "cli/inputs/manifest.h"

namespace serene::cli {

struct ListOptions {
  std::vector<std::string> paths;  // "-": names on standard input, one a line
  bool null_separated = false;     // names on standard input with a NUL after each, too
  bool recursive = false;
  ManifestOptions manifest;  // path "": none
};

// Throws Stop(kExitUsage) for options that contradict each other and for a manifest with a bad row, which is
// read once for that. How many inputs there will be, where that can be said without walking folders. Calls
// `go_on` again and again, which throws where the run is to end.
std::optional<size_t> check_list(const ListOptions& options, const std::function<void()>& go_on);

// Standard input is no part of the list, which can be read twice then.
bool can_be_listed_twice(const ListOptions& options);

// Calls `found` for every input: the manifest's, then the arguments' in their order, then standard input's
// NUL-separated ones. One at a time: memory does not grow with the list. A wait for standard input ends when
// `stop` is asked for. Files in folders that are not taken go to `passed_over`. Throws what `found` throws.
void list_inputs(const ListOptions& options, const std::stop_token& stop, PassedOver& passed_over,
                 const std::function<void(Input)>& found);

}  // namespace serene::cli
