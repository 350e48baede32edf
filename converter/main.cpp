// serene-convert: PyTorch checkpoints to a serene model file.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "converter/convert.h"
#include "kernels/common/error.h"
#include "runtime/models/common/model_format.h"
#include "weights/atomic_file.h"
#include "weights/file.h"
#include "weights/program_text.h"

namespace {

enum ExitCode { kOk = 0, kUsage = 2, kModel = 3, kOutput = 7 };

using serene::converter::PartSource;

// The value of --part.
PartSource part_of(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size())
    throw CLI::ValidationError("--part", text + ": wanted NAME=FILE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The one that has the classes.
const std::string& checkpoint_of_classes(const std::vector<PartSource>& parts,
                                         const serene::models::ModelConfig& config) {
  for (const PartSource& part : parts) {
    const auto* enhancer = config.find(serene::networks::Role::enhancer);
    if (enhancer == nullptr || enhancer->name != part.name) return part.path;
  }
  return parts.front().path;
}

void check_names(const std::vector<PartSource>& parts) {
  std::set<std::string> names;
  for (const PartSource& part : parts) {
    if (!serene::models::is_part_name(part.name))
      throw CLI::ValidationError("--part", part.name + ": a name is of a-z, 0-9 and _");
    if (!names.insert(part.name).second) throw CLI::ValidationError("--part", part.name + ": given twice");
  }
}

serene::weights::DType dtype_of(const std::string& text) {
  using serene::weights::DType;
  return text == "bf16" ? DType::bf16 : text == "f16" ? DType::f16 : text == "int8" ? DType::i8 : DType::f32;
}

// --help and --version.
int show(const std::string& text) {
  const int error = serene::weights::write_in_full(STDOUT_FILENO, text);
  if (error == 0) return kOk;
  spdlog::error("standard output: {}", std::generic_category().message(error));
  return kOutput;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("serene-convert"));
  spdlog::set_formatter(serene::weights::printable_formatter("serene-convert: %*"));
  // A file that may not grow further (ulimit -f) shows as an error of write() instead.
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app(
      "Converts PyTorch checkpoints of CMGAN (speech enhancement) and TRNet (emotion recognition) into one "
      "model file.\n"
      "Checkpoints are read as data: nothing in them is run. Their shapes decide the architecture.");
  app.failure_message(serene::weights::printable_failure);
  app.set_version_flag("--version", "serene-convert " SERENE_VERSION);
  app.footer(
      "Examples:\n"
      "  serene-convert --se cmgan.pt --ser trnet.pt --labels angry,happy,neutral,sad --fit tile:5 -o "
      "model.safetensors\n"
      "  serene-convert --se cmgan.pt -o enhance-only.safetensors\n"
      "\n"
      "Exit codes: 0 done, 2 usage, 3 a checkpoint was refused, 7 the output cannot be written.\n"
      "A file that is there is replaced once the new one is whole; links are followed.\n"
      "The output depends on weights and options alone: the same input gives the same bytes.");
  serene::converter::ConvertOptions options;
  std::string se, ser, output, fit = "tile:5", dtype = "f32";
  std::vector<std::string> parts;
  app.add_option("--se", se, "CMGAN's checkpoint (.pt, .ckpt, .safetensors): --part se=FILE");
  app.add_option("--ser", ser, "TRNet's checkpoint, with or without bridge, or a baseline: --part ser=FILE");
  app.add_option("--part", parts, "a part of the model and its checkpoint; may be repeated")
      ->type_name("NAME=FILE")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  app.add_option("--model", options.model,
                 "what the parts are wired to, where they do not say so themselves");
  app.add_option(
         "--labels", options.labels,
         "class names in the order of the outputs; needed with --ser: no checkpoint names its classes")
      ->delimiter(',');
  const CLI::Option* const given_fit =
      app.add_option("--fit", fit,
                     "length the recogniser was trained with: tile:S repeats, pad:S appends zeros, none")
          ->capture_default_str();
  app.add_option("--dtype", dtype, "how matrices are stored, int8 with a scale a row; vectors stay f32")
      ->check(CLI::IsMember({"f32", "bf16", "f16", "int8"}))
      ->capture_default_str();
  app.add_flag("--allow-nonfinite", options.allow_nonfinite,
               "go on where weights are NaN, infinite or all zero, or variances negative");
  app.add_option("-o,--output", output, "model file to write")->required();
  try {
    app.parse(argc, argv);
    if (!se.empty()) options.parts.push_back({"se", se, serene::networks::Role::enhancer});
    if (!ser.empty()) options.parts.push_back({"ser", ser, serene::networks::Role::recogniser});
    for (const std::string& part : parts) options.parts.push_back(part_of(part));
    if (options.parts.empty()) throw CLI::RequiredError("--se, --ser or --part");
    check_names(options.parts);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    return app.exit(error, text) == 0 ? show(text.str()) : kUsage;
  }
  try {
    options.fit = serene::converter::parse_fit(fit);
    options.dtype = dtype_of(dtype);
    for (const serene::converter::PartSource& part : options.parts) {
      std::error_code none;
      if (std::filesystem::equivalent(part.path, output, none)) {
        spdlog::error("--output: {} is the checkpoint itself", output);
        return kUsage;
      }
    }
    const serene::weights::TensorFile file = serene::converter::convert(options);
    serene::weights::write_safetensors(output, file);
    const std::string& description = file.metadata.at("serene");
    spdlog::info("{}: {} tensors, {}", output, file.tensors.size(), description);
    const serene::models::ModelConfig config = serene::models::config_from_json(description, output);
    if (!config.outputs.empty() && given_fit->count() == 0)
      spdlog::warn("{}: does not say which length it was trained with, --fit {} is assumed",
                   checkpoint_of_classes(options.parts, config), fit);
    const std::string lacks = serene::models::cannot_score(config);
    if (!lacks.empty()) spdlog::warn("{}: cannot score: {}", output, lacks);
    return kOk;
  } catch (const serene::weights::FileError& error) {
    spdlog::error("{}", error.what());
    return kOutput;
  } catch (const serene::Error& error) {
    spdlog::error("{}", error.what());
    return error.kind() == serene::ErrorKind::invalid_argument ? kUsage : kModel;
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return kModel;
  }
}
