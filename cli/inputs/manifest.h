// A list of recordings with what is known of them, row by row.
#pragma once

#include <functional>
#include <string>

#include "cli/inputs/inputs.h"

namespace serene::cli {

struct ManifestOptions {
  std::string path = {};
  std::string format = "auto";  // jsonl, csv, scp; auto: by the extension
  bool skip_bad_rows = false;   // a row that cannot be understood costs an error row, not the run
  // What a message may advise: the options of the command at hand.
  const char* format_option = "--manifest-format";
  bool can_skip = true;  // there is --skip-bad-rows
};

// JSONL: objects with the keys path, id, offset, duration, channel, label; CSV: the same as columns under a
// header; scp: Kaldi's "id path". Further keys and columns are kept as they are. Rows come one at a time, so
// that memory does not grow with the list. Throws Stop(kExitUsage): the file cannot be read or is of no known
// format, or a row is bad ("manifest.jsonl:7:31: cause").
void read_manifest(const ManifestOptions& options, const std::function<void(Input)>& found);

}  // namespace serene::cli
