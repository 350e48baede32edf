#include "cli/inputs/input_list.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"
#include "cli/inputs/glob.h"
#include "cli/rows/bad_row.h"
#include "cli/text/line_reader.h"

namespace serene::cli {
namespace {

// A name on standard input may be a folder or a pattern, as one on the command line.
void list_standard_input(char separator, bool recursive, const std::stop_token& stop, PassedOver& passed_over,
                         const std::function<void(Input)>& found) {
  TextSource source(stop);
  LineReader lines(source, separator);
  std::string line;
  for (;;) {
    try {
      if (!lines.next(line)) return;
    } catch (const BadRow& bad) {
      found({.path = "", .error = InputError(Stage::list, "bad_row", bad.what())});
      continue;
    }
    // The wait may have ended in the middle of a name.
    if (stop.stop_requested()) return;
    if (line.empty()) continue;
    if (line.find('\0') != std::string::npos) {
      const BadRow bad(source.name(), lines.number(), 0,
                       "a NUL in the name; -0 takes names with a NUL after each");
      found({.path = "", .error = InputError(Stage::list, "bad_row", bad.what())});
      continue;
    }
    walk_input(line, recursive, passed_over, found);
  }
}

bool names_one_file(const std::string& argument) {
  std::error_code ignored;
  return argument != "-" && !is_pattern(argument) && !std::filesystem::is_directory(argument, ignored);
}

}  // namespace

std::optional<size_t> check_list(const ListOptions& options, const std::function<void()>& go_on) {
  const auto dashes = std::count(options.paths.begin(), options.paths.end(), "-");
  if (dashes + (options.null_separated ? 1 : 0) > 1) {
    throw Stop(kExitUsage, "standard input is named twice; say - or -0, once");
  }
  if (options.paths.empty() && !options.null_separated && options.manifest.path.empty()) {
    throw Stop(kExitUsage, "no recordings named: give paths, -, -0 or --manifest");
  }
  size_t count = 0;
  if (!options.manifest.path.empty()) {
    read_manifest(options.manifest, [&](const Input&) {
      go_on();
      ++count;
    });
  }
  if (options.null_separated) return std::nullopt;
  if (!std::all_of(options.paths.begin(), options.paths.end(), names_one_file)) return std::nullopt;
  return count + options.paths.size();
}

bool can_be_listed_twice(const ListOptions& options) {
  return !options.null_separated && std::count(options.paths.begin(), options.paths.end(), "-") == 0;
}

void list_inputs(const ListOptions& options, const std::stop_token& stop, PassedOver& passed_over,
                 const std::function<void(Input)>& found) {
  if (!options.manifest.path.empty()) read_manifest(options.manifest, found);
  for (const std::string& argument : options.paths) {
    if (argument == "-") {
      list_standard_input('\n', options.recursive, stop, passed_over, found);
    } else {
      walk_input(argument, options.recursive, passed_over, found);
    }
  }
  if (options.null_separated) list_standard_input('\0', options.recursive, stop, passed_over, found);
}

}  // namespace serene::cli
