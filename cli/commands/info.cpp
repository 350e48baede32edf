// `serene info`: what a model file holds.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

// `most`: the samples that the model takes at a time, 0 for any.
std::string clip_text(const Json& fit, size_t most = 0) {
  const std::string rule = fit.value("rule", "none");
  if (rule != "none") return fmt::format("{} s, shorter ones: {}", fit.value("seconds", 0.0), rule);
  if (most == 0) return "any length";
  return fmt::format("any length, {} s at a time", static_cast<double>(most) / SERENE_SAMPLE_RATE);
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

const char* kind_of(const OutputSpec& output) {
  switch (output.kind) {
    case SERENE_OUTPUT_CLASSES:
      return "classes";
    case SERENE_OUTPUT_SCALAR:
      return "scalar";
    case SERENE_OUTPUT_VECTOR:
      return "vector";
  }
  return "unknown";
}

Json outputs_json(const std::vector<OutputSpec>& outputs) {
  Json list = Json::array();
  for (const OutputSpec& output : outputs) {
    Json& item =
        list.emplace_back(Json{{"name", output.name}, {"kind", kind_of(output)}, {"size", output.size}});
    if (output.kind == SERENE_OUTPUT_CLASSES) item["labels"] = output.labels;
    if (output.threshold > 0) item["threshold"] = output.threshold;
  }
  return list;
}

std::string outputs_table(const std::vector<OutputSpec>& outputs) {
  std::string table;
  for (const OutputSpec& output : outputs) {
    table += fmt::format("{:<14} {}", "output " + output.name, kind_of(output));
    if (output.kind != SERENE_OUTPUT_SCALAR) table += fmt::format(", {}", output.size);
    if (output.kind == SERENE_OUTPUT_CLASSES) table += ": " + joined(output.labels);
    if (output.threshold > 0) table += fmt::format(", no label below {}", output.threshold);
    table += '\n';
  }
  return table;
}

// What the file says of its weights: the keys of a JSON object a line each, any other text as it is.
std::string card_table(const std::string& card) {
  const Json parsed = Json::parse(card, nullptr, false);
  if (!parsed.is_object()) return fmt::format("card           {}\n", weights::printable(card));
  std::string table = "card\n";
  for (const auto& [key, value] : parsed.items())
    table += fmt::format("  {:<12} {}\n", weights::printable(key), text_of(value));
  return table;
}

// Table for people from serene_model_description().
std::string info_table(const Json& description, bool has_outputs, size_t most) {
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
    if (has_outputs) table += fmt::format("clip           {}\n", clip_text(config.at("clip"), most));
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
  const Model model = open_model(options.model);
  Json description = Json::parse(model.description());
  const std::vector<OutputSpec> outputs = model.output_specs();
  if (options.json) {
    description["outputs"] = outputs_json(outputs);
    output.write(description.dump() + '\n');
  } else {
    std::string table =
        info_table(description, !outputs.empty(), model.window_samples()) + outputs_table(outputs);
    if (description.contains("card")) table += card_table(description["card"].get<std::string>());
    output.write(table);
  }
  return kExitOk;
}

}  // namespace

void add_info_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = app.add_subcommand("info", "Show what a model file holds");
  command->footer("Exit codes: 0 shown, 2 usage, 3 the model cannot be read, 7 output.");
  command->add_option("model", options->model, kModelHelp)->envname("SERENE_MODEL")->type_name("MODEL");
  command->add_flag("--json", options->json, "As one line of JSON");
  add_log_json_option(*command);
  command->callback([options, &exit_code] { exit_code = info(*options); });
}

}  // namespace serene::cli
