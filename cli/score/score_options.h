// What `serene score` can be told.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "cli/audio/channels.h"
#include "cli/inputs/input_list.h"
#include "cli/options/engine_options.h"
#include "cli/rows/row_text.h"

namespace serene::cli {

struct ScoreOptions {
  ListOptions list;
  EngineOptions engine;
  std::string output;  // "": standard output
  RowFormat format = RowFormat::jsonl;
  bool escape_formulas = false;
  std::string embeddings;  // file, "": none
  std::string embedding;   // name of a vector output, "": the first
  std::string max_failures;
  std::string metrics_file;
  size_t batch = 0;           // clips, 0: what suits the device
  double batch_seconds = 0;   // of clips, 0: any
  size_t decode_threads = 0;  // 0: half of the cores
  double window = 0;          // seconds, 0: the model's clip
  double hop = 0;             // seconds, 0: the window
  Channels channels;
  std::optional<double> level;  // dB of full scale; nothing: as it is
  double min_confidence = 0;    // the highest posterior must be for a label
  bool resume = false;
  bool drop_missing = false;
  bool strict = false;
  bool quiet = false;
};

void add_score_options(CLI::App& command, ScoreOptions& options);

}  // namespace serene::cli
