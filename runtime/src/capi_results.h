// What serene_results is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/networks/common/output_spec.h"
#include "runtime/src/model.h"
#include "serene/serene.h"

struct serene_results {
  // A clip, or a recording or a window of it.
  struct Item {
    std::vector<std::vector<float>> outputs;  // output_values(); empty where nothing was scored,
                                              // as is each that was not asked for
    uint32_t flags = 0;                       // SERENE_CLIP_*, SERENE_RECORDING_*
    double start = 0, seconds = 0;
    const char* reason = "";  // why it has no label, though it was looked for
  };

  explicit serene_results(const serene::runtime::Model& model)
      : outputs(model.outputs), classes(model.first_classes()) {}

  // Of a single vector for each item, whose size is its own.
  explicit serene_results(const char* vector) : outputs{serene::networks::vector_output(vector, 0)} {}

  std::vector<serene::networks::OutputSpec> outputs;
  std::optional<size_t> classes;  // the first output that is
  std::vector<Item> items;        // clips, or a recording's windows
  std::optional<Item> whole;      // the recording
  double clipped_share = 0, silent_share = 0;
};
