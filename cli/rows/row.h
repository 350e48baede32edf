// The JSON rows of `serene score`, one line each. docs/cli.md describes every field.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/audio/recording.h"
#include "cli/base/input_error.h"
#include "cli/rows/row_outputs.h"
#include "runtime/recording/recording_score.h"

namespace serene::cli {

using Row = nlohmann::ordered_json;

// What a recording is apart from its samples, which may be gone by the time its row is written.
struct RecordingFacts {
  double seconds = 0;
  bool truncated = false;
  std::optional<double> declared_seconds;
  bool silence = false;
  bool clipping = false;
  double clipped_share = 0;
  bool trailing_data = false;
  double silent_share = 0;  // in pauses, in [0, 1]
  bool quiet = false;
};
RecordingFacts facts_of(const Recording& recording);

// Raised when a field changes its meaning or goes away; new fields leave it.
inline constexpr int kRowSchema = 1;
// Raised when a recording's score is computed from the model's in another way: a run does not go on with the
// rows of another rule.
inline constexpr int kScoreRule = 2;

// {"schema": 1, "path": ...}, or "path_b64" for a name that is not UTF-8: what every row begins with.
Row row_head(const std::string& path);
// `head` is row_head() with whatever else is known of the input. Where the score has a reason, the label is
// null and the row says why.
Row recording_row(const Row& head, const RecordingFacts& facts, const RowOutputs& outputs,
                  const runtime::RecordingScore& score, size_t windows);
// flags, clipped_share, declared_seconds: what recordings' rows of any command say of the sound.
void add_flags(Row& row, const RecordingFacts& facts, bool short_clip);
// `start` and `seconds` are the window's, in seconds; `reason` is why it is not judged.
Row window_row(const Row& head, size_t index, double start, double seconds, const RowOutputs& outputs,
               const runtime::WindowScore& score, runtime::Abstention reason = runtime::Abstention::none);
Row error_row(const Row& head, const InputError& error);

// {"path": ...} or {"path_b64": ...} under names of one's own choice.
void add_path(Row& row, const std::string& key, const std::string& path);

// One line with its newline; never throws on text that is not UTF-8.
std::string to_line(const Row& row);

// The double whose shortest decimal form is that of `value`, so that 0.3f is written 0.3.
double shortest(float value);
// Rounded to the microsecond.
double to_seconds(double seconds);

}  // namespace serene::cli
