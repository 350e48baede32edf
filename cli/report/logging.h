// Messages on standard error, for people ("serene: warning: ...") or with --log-json as JSON. Rows never go
// through here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace CLI {
class App;
}

namespace serene::cli {

// `quiet` leaves errors only. Also takes in the library's own messages.
void set_up_logging(bool quiet);

// --log-json, for any command.
void add_log_json_option(CLI::App& command);
// From now on every line on standard error is a JSON object, those that libraries print there, too.
void use_json_log();
// Hands out what is still on its way; libraries print as they like again.
void end_json_log();
bool logs_json();

// A line whatever the level is; as JSON with further fields.
void log_always(const std::string& message, const nlohmann::ordered_json& fields);

}  // namespace serene::cli
