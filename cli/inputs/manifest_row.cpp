#include "cli/inputs/manifest_row.h"

#include <cmath>
#include <optional>

namespace serene::cli {
namespace {

// Takes `key` out of the row; null where it is missing.
Row take(Row& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return nullptr;
  Row value = std::move(*found);
  row.erase(found);
  return value;
}

// Seconds, nothing for null.
std::optional<double> seconds_of(const Row& value, const char* key, std::optional<InputError>& error) {
  if (value.is_null()) return std::nullopt;
  const double seconds = value.is_number() ? value.get<double>() : std::nan("");
  if (std::isfinite(seconds) && seconds >= 0) return seconds;
  if (!error) {
    error = InputError(Stage::list, "bad_segment",
                       std::string(key) + " is " + value.dump(-1, ' ', false, Row::error_handler_t::replace) +
                           ", not a number of seconds from 0 on");
  }
  return std::nullopt;
}

// A number, or what --channels takes; nothing for null.
std::optional<Channels> channels_in(const Row& value, std::optional<InputError>& error) {
  if (value.is_null()) return std::nullopt;
  const std::string number = value.is_number_integer() ? value.dump() : "";
  const auto channels = channels_of(value.is_string() ? value.get_ref<const std::string&>() : number);
  if (!channels && !error) {
    error = InputError(Stage::list, "bad_channel",
                       "channel is " + value.dump(-1, ' ', false, Row::error_handler_t::replace) +
                           ", not mix, each or a number from 0 on");
  }
  return channels;
}

}  // namespace

Input input_of_row(Row row) {
  Input input;
  input.path = take(row, "path").get<std::string>();
  const Row id = take(row, "id"), offset = take(row, "offset"), duration = take(row, "duration"),
            channel = take(row, "channel"), label = take(row, "label");
  input.segment.offset = seconds_of(offset, "offset", input.error).value_or(0);
  input.segment.duration = seconds_of(duration, "duration", input.error);
  if (input.segment.duration == 0.0) input.error = InputError(Stage::list, "bad_segment", "duration is 0");
  input.channels = channels_in(channel, input.error);
  if (!id.is_null()) input.carried["id"] = id;
  if (!offset.is_null()) input.carried["offset"] = offset;
  if (!duration.is_null()) input.carried["duration"] = duration;
  if (!label.is_null()) input.carried["reference"] = label;
  if (!row.empty()) input.carried["columns"] = std::move(row);
  return input;
}

}  // namespace serene::cli
