// `serene info`: what a model file holds.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/base/exit_codes.h"
#include "cli/commands/commands.h"
#include "cli/options/engine_options.h"
#include "cli/output/output.h"
#include "cli/report/logging.h"
#include "weights/printable.h"

namespace serene::cli {
namespace {

using Json = nlohmann::json;

struct InfoOptions {
  std::string model;
  bool json = false;
};

std::string text_of(const Json& value) {
  return weights::printable(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string joined(const Json& list) {
  std::string text;
  for (const Json& item : list) text += (text.empty() ? "" : ", ") + text_of(item);
  return text;
}

std::string clip_text(const Json& fit) {
  const std::string rule = fit.value("rule", "none");
  return rule == "none" ? "any length"
                        : fmt::format("{} s, shorter ones: {}", fit.value("seconds", 0.0), rule);
}

// "key  value" lines of one part of the configuration, whatever keys a version of the format has.
std::string part_table(const Json& part) {
  std::string table;
  for (const auto& [key, value] : part.items()) {
    if (key == "network") continue;
    if (key == "fit" && value.is_object()) {
      table += fmt::format("  {:<12} {}\n", "clip", clip_text(value));
    } else {
      table += fmt::format("  {:<12} {}\n", key, value.is_array() ? joined(value) : text_of(value));
    }
  }
  return table;
}

// Table for people from serene_model_description().
std::string info_table(const Json& description) {
  const Json config = description.value("config", Json::object());
  const Json parameters = description.value("parameters", Json::object());
  std::string table = fmt::format(
      "sha256         {}\nbytes          {}\nformat         {}\n", description.value("sha256", ""),
      description.value("file_bytes", int64_t{0}), text_of(config.value("version", Json("unknown"))));
  if (config.contains("parts")) {
    table += fmt::format("model          {}\n", config.value("model", ""));
    for (const auto& [name, part] : config.at("parts").items()) {
      table += fmt::format("{:<14} {}, {} parameters\n", "part " + name, part.value("network", ""),
                           text_of(parameters.value(name, Json(0))));
      table += part_table(part);
    }
    for (const Json& output : config.value("outputs", Json::array())) {
      table +=
          fmt::format("{:<14} {}\n", output.value("name", ""), joined(output.value("labels", Json::array())));
    }
    if (config.contains("outputs")) table += fmt::format("clip           {}\n", clip_text(config.at("clip")));
    return table;
  }
  constexpr std::pair<const char*, const char*> kParts[] = {{"se", "enhancement"}, {"ser", "recognition"}};
  for (const auto& [key, title] : kParts) {
    if (!config.contains(key) || !config.at(key).is_object()) {
      table += fmt::format("{:<14} none\n", title);
      continue;
    }
    table += fmt::format("{:<14} {} parameters\n", title, text_of(parameters.value(key, Json(0))));
    table += part_table(config.at(key));
  }
  return table;
}

int info(const InfoOptions& options) {
  RowOutput output("");
  const Json description = Json::parse(open_model(options.model).description());
  output.write(options.json ? description.dump() + '\n' : info_table(description));
  return kExitOk;
}

}  // namespace

void add_info_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = app.add_subcommand("info", "Show what a model file holds");
  command->footer("Exit codes: 0 shown, 2 usage, 3 the model cannot be read, 7 output.");
  command->add_option("model", options->model, "Model file, or the name of one that comes with serene: default")
      ->envname("SERENE_MODEL")
      ->type_name("MODEL");
  command->add_flag("--json", options->json, "As one line of JSON");
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = info(*options); });
}

}  // namespace serene::cli
